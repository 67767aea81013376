"""Make one JSON line.

Way:     level, logger, message, fields → [line] → bytes with a line feed.
Keys:    timestamp (ISO 8601, UTC, microseconds), level, logger, message, service; then context, bound and own fields.
Time:    nanoseconds since the Unix epoch, given by the caller.
"""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import islice
from typing import Final

import orjson

from deskwatch.client.logs.redact import plain, scrubbed

MAX_LINE_BYTES: Final = 16 * 1024
"""The server cuts a captured line here (server/logs/text.py), which would leave no JSON."""

MAX_MESSAGE_CHARS: Final = 8192

FIXED_KEYS: Final = 5  # timestamp, level, logger, message, service: every line begins with them

_OPTIONS: Final = orjson.OPT_APPEND_NEWLINE | orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_UTC_Z
_CUTS: Final = ((32, 256), (32, 32), (0, 0))
"""Fields, and characters of each, that a line too long is cut to until it fits."""


class Stamp:
    """Tells times as ISO 8601 in UTC, always with six digits of microseconds; lines of one second share the text."""

    def __init__(self) -> None:
        self._second = ("", "")

    def __call__(self, now_ns: int) -> str:
        """Return the text of a time after 1970."""
        digits = str(now_ns)  # cutting the text is twice as fast as dividing the number
        seconds, text = self._second
        if digits[:-9] != seconds:
            seconds = digits[:-9]
            text = datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%S")
            self._second = seconds, text
        return f"{text}.{digits[-9:-3]}Z"


def encode(line: dict[str, object]) -> bytes:
    """Return the line with a line feed; cut when it is longer than the server keeps.

    Args:
        line: The fixed keys, as clean text and in their order; then fields without reserved names and secrets.
    """
    try:
        encoded = orjson.dumps(line, default=scrubbed, option=_OPTIONS)
    except orjson.JSONEncodeError:  # half a surrogate, an integer beyond 64 bits
        encoded = _dump(line)
    return encoded if len(encoded) <= MAX_LINE_BYTES else _cut(line)


def _dump(line: dict[str, object]) -> bytes:
    made = {scrubbed(name): plain(value) for name, value in line.items()}
    return orjson.dumps(made, default=scrubbed, option=_OPTIONS)


def _cut(line: dict[str, object]) -> bytes:
    head = dict(islice(line.items(), FIXED_KEYS)) | {"message": scrubbed(line["message"])}
    for count, chars in _CUTS:
        fields = islice(line.items(), FIXED_KEYS, FIXED_KEYS + count)
        encoded = _dump(head | {name[:64]: scrubbed(value, chars) for name, value in fields})
        if len(encoded) <= MAX_LINE_BYTES:
            break
    return encoded
