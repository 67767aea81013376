"""Check the names that a recorder is declared with."""

from __future__ import annotations

from deskwatch.client import untrusted


def check_name(what: str, value: object) -> str:
    """Return the value of a label that a recorder has for good.

    Raises:
        ValueError: It is empty, too long or no text.
    """
    text = value if isinstance(value, str) else ""
    if not 0 < len(text) <= untrusted.MAX_NAME_CHARS:
        raise ValueError(f"{what} must be a text of 1 to {untrusted.MAX_NAME_CHARS} characters, was {value!r}")
    return text
