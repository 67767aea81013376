"""Mask secrets before a line is made: by the name of the field, and by the shape of the text.

Way:     fields of a call, a binding or a context → [redact] → the same fields, masked, cut and ready to encode.
Cost:    a field that was seen clean before costs a look-up; only what is new is searched.
Source:  reliability section 4, "Leak"; https://cheatsheetseries.owasp.org/cheatsheets/Logging_Cheat_Sheet.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Final
from uuid import UUID

from deskwatch.client import untrusted

MASK: Final = "[redacted]"

RESERVED: Final = frozenset({"timestamp", "level", "logger", "message", "service", "exc_info"})
"""The fixed keys, and the argument that asks for an exception; a field of such a name gets an underscore."""

SECRET_ENDINGS: Final = (
    *("password", "passwd", "passphrase", "pwd", "secret", "token", "authorization", "cookie", "credential"),
    *("credentials", "signature", "mnemonic", "seedphrase", "apikey", "secretkey", "privatekey", "accesskey"),
    *("encryptionkey", "masterkey", "listenkey"),
)
"""What the name of a secret ends with, in small letters and without separators.

The end decides, because in trading a token is also an asset: ``token_symbol`` is shown, ``access_token`` is not.
"""

MAX_DEPTH: Final = 6  # of nested fields; deeper ones are logged as text
MAX_ITEMS: Final = 256  # of one nested field; a line holds no more of them in 16 KiB
MAX_REMEMBERED: Final = 4096  # names and texts known to be clean; together under 1 MiB
MAX_REMEMBERED_CHARS: Final = 32  # symbols, sides, short messages; not the ids, which do not come again (a UUID has 36)

_SEPARATORS: Final = re.compile(r"[\W_]+")
_NUMBERS: Final = frozenset({int, float, bool, type(None), Decimal, datetime, date, time, UUID})

_NAME: Final = (
    r"(?:passw(?:or)?d|passphrase|pwd|secret|token|(?:api|secret|private|access|encryption|master|listen)[_-]?key"
    r"|authorization|cookie|credentials?|signature|mnemonic|seed[_-]?phrase)[\"']?\s{0,3}"
)
_VALUE: Final = r"\s{0,3}[\"']?(?:bearer\s|basic\s)?)(?!\[redacted|bearer\s|basic\s)[^\s\"'&,;})\]]+"

# What the text holds in small letters if it has the shape, the shape, and what it becomes. Each shape starts at a
# literal or at the start of a word, so that a long text costs one pass and no more.
_SHAPES: Final = (
    ("://", re.compile(r"://[^\s/]+@"), f"://{MASK}@"),  # RFC 3986, userinfo
    ("=", re.compile(rf"(?i)({_NAME}={_VALUE}"), rf"\g<1>{MASK}"),
    (":", re.compile(rf"(?i)({_NAME}:{_VALUE}"), rf"\g<1>{MASK}"),
    ("bearer", re.compile(r"(?i)\b(bearer\s)[\w.~+/=-]{8,}"), rf"\g<1>{MASK}"),  # RFC 6750
    ("basic ", re.compile(r"\b(Basic )(?=[A-Za-z]*[0-9+/=])[\w+/]{8,}={0,2}"), rf"\g<1>{MASK}"),  # RFC 7617
    ("eyj", re.compile(r"(?<![\w-])eyJ[\w-]{8,}\.[\w-]{4,}(?:\.[\w-]*)?"), MASK),  # RFC 7519, '{"' in base64
    # https://core.telegram.org/bots/api#authorizing-your-bot
    (":", re.compile(r"(?<!\d)\d{6,12}:[\w-]{30,}"), MASK),
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
    ("akia", re.compile(r"\bAKIA[0-9A-Z]{16}"), MASK),
    ("xox", re.compile(r"(?<![\w-])xox[a-z]-[\w-]{10,}"), MASK),  # https://api.slack.com/authentication/token-types
    # https://github.blog/2021-04-05-behind-githubs-new-authentication-token-formats/
    ("gh", re.compile(r"(?<![\w-])(?:gh[a-z]_\w{30,}|github_pat_\w{20,})"), MASK),
    ("sk_live", re.compile(r"\bsk_live_\w{10,}"), MASK),  # https://docs.stripe.com/keys
    (  # RFC 7468
        "-----begin",
        re.compile(r"(?s)-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----.*?(?:-----END [A-Z ]{0,40}-----|\Z)"),
        MASK,
    ),
)

_clean_names: set[str] = set()
_clean_texts: set[str] = set()


def is_secret_name(name: str) -> bool:
    """Say whether a field of this name holds a secret."""
    return _SEPARATORS.sub("", name).lower().endswith(SECRET_ENDINGS)


def is_clean(fields: Mapping[str, object]) -> bool:
    """Say whether the fields can be encoded as they are; a ``False`` may also mean that it is not known yet."""
    if not fields.keys() <= _clean_names:
        return False
    for value in fields.values():
        kind = type(value)
        if kind is str:
            if value not in _clean_texts and not _is_new_and_clean(value):  # type: ignore[arg-type]
                return False
        elif kind not in _NUMBERS:
            return False
    return True


def redacted(fields: Mapping[str, object]) -> dict[str, object]:
    """Return the fields with secrets masked, texts cut, nested values copied, and no reserved name."""
    return {_name(name): MASK if _is_secret(name) else plain(value) for name, value in fields.items()}


def scrubbed(value: object, max_chars: int = untrusted.MAX_TEXT_CHARS) -> str:
    """Return the value as text without the secrets whose shape is known, cut to ``max_chars``."""
    if type(value) is str and value in _clean_texts:
        return value
    text = untrusted.text(value, max_chars)
    if text is None:
        return f"<unprintable {type(value).__name__}>"
    return _masked(text)


def plain(value: object, depth: int = 0) -> object:
    """Return a value that JSON can carry: masked, copied, and bounded in depth and breadth."""
    kind = type(value)
    if kind is int:
        return value if -(2**63) <= value < 2**63 else scrubbed(value)  # type: ignore[operator]
    if kind in _NUMBERS or kind.__module__ == "numpy":
        return value
    if depth < MAX_DEPTH:
        if kind is dict:
            return _mapping(value, depth)  # type: ignore[arg-type]
        if kind in (list, tuple, set, frozenset):
            return [plain(item, depth + 1) for item in list(value)[:MAX_ITEMS]]  # type: ignore[call-overload]
        if isinstance(value, Enum):
            return plain(value.value, depth + 1)
    return scrubbed(value)


def _mapping(value: dict[object, object], depth: int) -> dict[str, object]:
    names = [(name if type(name) is str else scrubbed(name), item) for name, item in list(value.items())[:MAX_ITEMS]]
    return {
        untrusted.text(name) or "": MASK if is_secret_name(name) else plain(item, depth + 1) for name, item in names
    }


def _name(name: str) -> str:
    text = untrusted.text(name, untrusted.MAX_NAME_CHARS) or ""
    return f"{text}_" if text in RESERVED else text


def _is_secret(name: str) -> bool:
    if is_secret_name(name):
        return True
    if name not in RESERVED and len(name) <= MAX_REMEMBERED_CHARS:
        _remember(_clean_names, name)
    return False


def _is_new_and_clean(text: str) -> bool:
    if len(text) > untrusted.MAX_TEXT_CHARS or _has_hint(text):
        return False
    if len(text) <= MAX_REMEMBERED_CHARS:
        _remember(_clean_texts, text)
    return True


def _has_hint(text: str) -> bool:
    """Say whether the text holds the hint of any shape; written out, because every new text pays for it."""
    small = text.lower()
    likely = "=" in small or ":" in small or "bearer" in small or "basic " in small or "gh" in small
    return likely or "eyj" in small or "akia" in small or "xox" in small or "sk_live" in small or "-----" in small


def _masked(text: str) -> str:
    """Mask what has the shape of a secret; remember a short text that has nothing of it."""
    masked = _mask_shapes(text) if _has_hint(text) else text
    if len(text) <= MAX_REMEMBERED_CHARS and masked == text:
        _remember(_clean_texts, text)
    return masked


def _mask_shapes(text: str) -> str:
    small = text.lower()
    for hint, shape, mask in _SHAPES:
        if hint in small:
            text = shape.sub(mask, text)
    return text


def _remember(known: set[str], text: str) -> None:
    if not text.isascii():  # it may hold half a surrogate, which only untrusted.text takes out
        return
    if len(known) >= MAX_REMEMBERED:
        known.clear()
    known.add(text)
