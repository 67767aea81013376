"""Read the /metrics of every target.

Way:     targets -> [scrape] -> storage; the text is read by a parser of ingest, which wiring brings.
"""

from deskwatch.server.scrape.fetch import fetch, new_client
from deskwatch.server.scrape.own import OwnMetrics
from deskwatch.server.scrape.scraper import Appender, ExpositionParser, Scraper
from deskwatch.server.scrape.target import Target, TargetHealth, TargetState

__all__ = [
    "Appender",
    "ExpositionParser",
    "OwnMetrics",
    "Scraper",
    "Target",
    "TargetHealth",
    "TargetState",
    "fetch",
    "new_client",
]
