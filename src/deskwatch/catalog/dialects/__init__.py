"""The metric names of other systems, a module a system: each is ``ROWS``, read by ``client.dialect``."""
