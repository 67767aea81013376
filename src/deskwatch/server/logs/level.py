"""Tell the level of a line that some program wrote.

Source:  JSON keys of structlog, python-json-logger, loguru, pino, zap and the Elastic common schema; words as
         the standard library's logging writes them. Levels are named as in Python.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

import orjson


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


class LevelReader:
    """Tells the level of each line of one program; a traceback keeps its level to its end."""

    def __init__(self) -> None:
        self._in_traceback = False

    def level_of(self, text: str) -> Level:
        """Return the level of the next line; INFO when nothing tells."""
        if text.startswith("{") and text.endswith("}"):
            self._in_traceback = False
            return _level_in_json(text)
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


def _level_in_words(text: str) -> Level:
    match = _WORD.search(text, 0, _HEAD_CHARS)
    return _WORDS[match[1]] if match is not None else Level.INFO


def _level_in_json(text: str) -> Level:
    try:
        record = orjson.loads(text)
    except orjson.JSONDecodeError:
        return _level_in_words(text)
    return _level_of_record(record)


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
