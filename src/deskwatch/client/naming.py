"""Check the names that a recorder is declared with."""

from __future__ import annotations

from deskwatch.client import untrusted


def checked_name(what: str, value: object, max_chars: int = untrusted.MAX_NAME_CHARS) -> str:
    """Return the text if it has 1 to ``max_chars`` characters.

    Raises:
        ValueError: It has not.
    """
    text = value if isinstance(value, str) else ""
    if not 0 < len(text) <= max_chars:
        raise ValueError(f"{what} must be a text of 1 to {max_chars} characters, was {value!r}")
    return text
