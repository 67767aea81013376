"""Make a line of output fit to be shown: no control characters, no colours, not too long.

Source:  reliability F16 (log injection); ECMA-48 for the escape sequences,
         https://ecma-international.org/publications-and-standards/standards/ecma-48/
"""

from __future__ import annotations

import re
from typing import Final

MAX_LINE_BYTES: Final = 16 * 1024  # Docker's json-file driver cuts here too: moby daemon/logger/copier.go

# CSI and OSC sequences, then any other escape of two characters.
_ANSI: Final = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b.?")
_CONTROL: Final = dict.fromkeys([*range(0x09), *range(0x0B, 0x20), 0x7F, *range(0x80, 0xA0)])


def clean_line(raw: bytes) -> str:
    """Return the line as text: bytes that are no UTF-8 become U+FFFD, colours and control characters go."""
    text = raw[:MAX_LINE_BYTES].decode("utf-8", "replace").rstrip("\r\n")
    if text.isprintable():
        return text
    return _ANSI.sub("", text).translate(_CONTROL)
