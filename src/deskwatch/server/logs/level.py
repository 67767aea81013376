"""Read a line that some program wrote: its level, and what a person wants to see of it.

Source:  JSON keys of structlog, python-json-logger, loguru, pino, zap and the Elastic common schema; words as
         the standard library's logging writes them. Levels are named as in Python.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

import orjson

from deskwatch.server.logs.text import clean_line


class Level(StrEnum):
    """The level of a line."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"
    CRITICAL = "critical"


_WORDS: Final = {
    "TRACE": Level.DEBUG,
    "DEBUG": Level.DEBUG,
    "INFO": Level.INFO,
    "SUCCESS": Level.INFO,
    "NOTICE": Level.INFO,
    "WARN": Level.WARNING,
    "WARNING": Level.WARNING,
    "ERROR": Level.ERROR,
    "ERR": Level.ERROR,
    "EXCEPTION": Level.ERROR,
    "CRITICAL": Level.CRITICAL,
    "FATAL": Level.CRITICAL,
    "PANIC": Level.CRITICAL,
}
_LEVEL_KEYS: Final = ("level", "levelname", "severity", "log.level", "lvl")
_MESSAGE_KEYS: Final = ("message", "msg", "event", "text")
_NOT_SHOWN: Final = frozenset(
    {
        *_LEVEL_KEYS,
        *_MESSAGE_KEYS,
        "timestamp",
        "time",
        "ts",
        "@timestamp",
        "asctime",
        "logger",
        "name",
        "service",
        "record",
    }
)
_HEAD_CHARS: Final = 200  # where a program writes the level; further on it is part of the message
# In capitals only: "no error" in a sentence is no level.
_WORD: Final = re.compile(rf"(?<![A-Za-z0-9_])({'|'.join(sorted(_WORDS, key=len, reverse=True))})(?![A-Za-z0-9_])")
_TRACEBACK: Final = "Traceback (most recent call last):"
_EXCEPTION: Final = re.compile(r"[A-Za-z_][\w.]*(?:Error|Exception|Interrupt|Exit|Warning)(?::|$)")

# github.com/pinojs/pino/blob/main/docs/api.md#logger-level ; Python's numbers are the same less 10, at half steps.
_PINO: Final = {
    10: Level.DEBUG,
    20: Level.DEBUG,
    30: Level.INFO,
    40: Level.WARNING,
    50: Level.ERROR,
    60: Level.CRITICAL,
}


class LineReader:
    """Reads each line of one program; a traceback keeps its level to its end."""

    def __init__(self) -> None:
        self._in_traceback = False

    def read(self, text: str) -> tuple[Level, str]:
        """Return the level of the next line, INFO when nothing tells, and the line as a person reads it.

        A line of JSON becomes its message and its fields; the file on disk keeps the line as it was written.
        """
        record = _record(text)
        if record is not None:
            self._in_traceback = False
            return _level_of_record(record), _readable(record) or text
        return self._level_of_text(text), text

    def _level_of_text(self, text: str) -> Level:
        if text.lstrip().startswith(_TRACEBACK):
            self._in_traceback = True
            return Level.ERROR
        if self._in_traceback and (not text or text[0].isspace()):
            return Level.ERROR
        if self._in_traceback and _EXCEPTION.match(text):
            self._in_traceback = False
            return Level.ERROR
        self._in_traceback = False
        return _level_in_words(text)


def _record(text: str) -> Mapping[str, Any] | None:
    if not (text.startswith("{") and text.endswith("}")):
        return None
    try:
        record = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return record if isinstance(record, dict) else None


def _readable(record: Mapping[str, Any]) -> str:
    """Return ``message  key=value …``, or nothing when the record has no message."""
    message = next((record[key] for key in _MESSAGE_KEYS if isinstance(record.get(key), str)), "")
    shown = (f"{key}={value}" for key, value in record.items() if key not in _NOT_SHOWN)
    if not message:
        return ""
    # What JSON had escaped would come alive here: colours, and line ends that fake another line.
    return clean_line("  ".join([message, " ".join(shown)]).strip().replace("\n", " ").encode())


def _level_in_words(text: str) -> Level:
    match = _WORD.search(text, 0, _HEAD_CHARS)
    return _WORDS[match[1]] if match is not None else Level.INFO


def _level_of_record(record: Mapping[str, Any]) -> Level:
    for key in _LEVEL_KEYS:
        level = _level_named(record.get(key))
        if level is not None:
            return level
    inner = record.get("record")  # loguru's serialize=True
    if isinstance(inner, dict) and isinstance(inner.get("level"), dict):
        return _level_named(inner["level"].get("name")) or Level.INFO
    return Level.INFO


def _level_named(value: object) -> Level | None:
    if isinstance(value, str):
        return _WORDS.get(value.upper())
    if isinstance(value, int):
        return _PINO.get(value)
    return None
