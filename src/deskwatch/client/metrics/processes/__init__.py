"""Metrics that the processes of one service count together, in the folder ``PROMETHEUS_MULTIPROC_DIR``.

Way:     record → a double in a file of this process, mapped into memory → [merge] → GET /metrics of any process.

A record is written into the mapped file itself, so what a killed process counted is there to the last count. The files
are in prometheus-client's own format and carry names that its collector reads too, but never the names that it writes.
"""
