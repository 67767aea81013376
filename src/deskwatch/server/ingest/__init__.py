"""What comes in, checked: expositions, pushes, and the records of the client in the bot.

Way:     scrape, and the routes of api -> [ingest] -> storage.
"""

from deskwatch.server.ingest.commands import GuardCommands
from deskwatch.server.ingest.exposition import Parser
from deskwatch.server.ingest.limits import Limits
from deskwatch.server.ingest.pushgateway import PushGroups, parse_grouping_key
from deskwatch.server.ingest.records import (
    Fill,
    GuardChange,
    Heartbeat,
    Hello,
    LogLine,
    RaisedAlert,
    Record,
    RecordBatch,
    RecordReason,
    read_records,
)
from deskwatch.server.ingest.sink import Hooks, RaisedAlertSink, RecordSink

__all__ = [
    "Fill",
    "GuardChange",
    "GuardCommands",
    "Heartbeat",
    "Hello",
    "Hooks",
    "Limits",
    "LogLine",
    "Parser",
    "PushGroups",
    "RaisedAlert",
    "RaisedAlertSink",
    "Record",
    "RecordBatch",
    "RecordReason",
    "RecordSink",
    "parse_grouping_key",
    "read_records",
]
