"""What the bots print, captured, levelled and held.

Way:     the bot's output -> [logs] -> api (the log tail), alerting (the last lines of a message).
"""

from deskwatch.server.logs.book import Line, LogBook
from deskwatch.server.logs.capture import Capture, log_path
from deskwatch.server.logs.level import Level, LineReader
from deskwatch.server.logs.rotation import Rotation
from deskwatch.server.logs.tail import Tail, read_end
from deskwatch.server.logs.text import clean_line

__all__ = [
    "Capture",
    "Level",
    "Line",
    "LineReader",
    "LogBook",
    "Rotation",
    "Tail",
    "clean_line",
    "log_path",
    "read_end",
]
