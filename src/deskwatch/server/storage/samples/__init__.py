"""Samples: the last hour in memory, the last month in a DuckDB file.

Way:     scrape/ingest/rules -> [samples] -> promql.  Takes model.Scrape, gives Series.
Threads: appended to on the event loop, read from any thread.

Samples are the lesser good: without the file, or with a damaged one, everything else still boots and runs.
"""

from deskwatch.server.storage.samples.counted import SampleCounts
from deskwatch.server.storage.samples.head import Head
from deskwatch.server.storage.samples.history import History
from deskwatch.server.storage.samples.names import Names
from deskwatch.server.storage.samples.ports import Appender, Queryable, Series, Table
from deskwatch.server.storage.samples.store import SampleStats, SampleStore

__all__ = [
    "Appender",
    "Head",
    "History",
    "Names",
    "Queryable",
    "SampleCounts",
    "SampleStats",
    "SampleStore",
    "Series",
    "Table",
]
