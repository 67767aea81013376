"""Text from strangers, made fit to be sent: valid, without control characters, cut on a whole character."""

from __future__ import annotations

import unicodedata
from typing import Any, Final

_BIDI: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""They turn the text around them: https://trojansource.codes."""

_JOINERS: Final = frozenset("\u200d\ufe0e\ufe0f")
"""Zero-width joiner and variation selectors belong to the character before them."""


def clean(text: str) -> str:
    """Return the text without control, direction and surrogate characters; line ends and tabs stay."""
    return "".join(_clean(char) for char in text)


def clean_json(value: Any) -> Any:  # noqa: ANN401 (JSON is any of its types)
    """Return JSON values with every text in them clean, names too."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {clean(name): clean_json(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [clean_json(inner) for inner in value]
    return value


def utf16_length(text: str) -> int:
    """Return the length in UTF-16 code units, as Telegram counts."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut(text: str, limit: int) -> str:
    """Return at most ``limit`` UTF-16 units of the text, never a part of a character."""
    if utf16_length(text) <= limit:
        return text
    # Cutting bytes may halve a surrogate pair; the half is dropped.
    end = len(text.encode("utf-16-le")[: max(0, limit) * 2].decode("utf-16-le", "ignore"))
    while end > 0 and _belongs_to_previous(text, end):
        end -= 1
    return text[:end]


def _clean(char: str) -> str:
    if char in "\n\t":
        return char
    if char in _BIDI or "\ud800" <= char <= "\udfff" or unicodedata.category(char) == "Cc":
        return "\N{REPLACEMENT CHARACTER}"
    return char


def _belongs_to_previous(text: str, index: int) -> bool:
    if text[index - 1] == "\u200d":
        return True
    return unicodedata.combining(text[index]) > 0 or text[index] in _JOINERS
