"""Values that stand on one line of the settings: durations, addresses, names, paths, URLs."""

from __future__ import annotations

import ipaddress
import re
import zoneinfo
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, PlainSerializer, PlainValidator, ValidationInfo

from deskwatch.config.secret import Secret, read_reference
from deskwatch.model import format_duration_ms, parse_duration_ms

_LABEL_NAME: Final = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")  # prometheus.io/docs/concepts/data_model
_BOT_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")  # is a file name, a label value and a part of a URL


@dataclass(frozen=True, slots=True)
class ListenAddress:
    """Where the server listens."""

    host: str
    port: int

    def __str__(self) -> str:
        """Return ``host:port``, with brackets around an IPv6 address."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach it."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"


def _duration(value: object) -> int:
    if not isinstance(value, str):
        raise ValueError(f"must be a duration such as 30s, 5m or 1h30m, was {value!r}")  # noqa: TRY004  (pydantic takes ValueError)
    return parse_duration_ms(value)


def _positive(duration_ms: int) -> int:
    if duration_ms <= 0:
        raise ValueError("must be longer than 0s")
    return duration_ms


def _listen_address(value: object) -> ListenAddress:
    if isinstance(value, ListenAddress):
        return value
    host, _, port = str(value).rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or int(port) > 65_535:
        raise ValueError(f"must be an address such as 127.0.0.1:9990, was {value!r}")
    return ListenAddress(host.removeprefix("[").removesuffix("]"), int(port))


def _time_zone(value: str) -> str:
    try:
        zoneinfo.ZoneInfo(value)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"must be a time zone such as UTC or Europe/Berlin, was {value!r}") from None
    return value


def _bot_name(value: str) -> str:
    if not _BOT_NAME.fullmatch(value):
        raise ValueError(f"must be 1 to 63 letters, digits, '.', '_' or '-', was {value!r}")
    return value


def _label_name(value: str) -> str:
    if not _LABEL_NAME.fullmatch(value) or value.startswith("__"):
        raise ValueError(f"must be a label name such as desk, without a leading '__', was {value!r}")
    return value


def check_url(value: str) -> str:
    """Return the URL if deskwatch can ask it.

    Raises:
        ValueError: It is not http or https, has no host, or carries a password. The text is not repeated
            when it might hold a secret.
    """
    try:
        parts = urlsplit(value)
        port_is_valid = parts.port is None or parts.port > 0
    except ValueError:
        raise ValueError("must be a URL such as http://127.0.0.1:8000/metrics") from None
    if parts.username is not None or parts.password is not None:
        raise ValueError("must hold no user name or password")
    if parts.scheme not in ("http", "https") or not parts.hostname or not port_is_valid:
        raise ValueError("must be a URL such as http://127.0.0.1:8000/metrics")
    return value


def _secret_url(value: object, info: ValidationInfo) -> Secret:
    if isinstance(value, Secret):
        return value
    if not isinstance(value, str):
        raise ValueError("must be a URL, env:NAME or file:PATH")  # noqa: TRY004  (pydantic takes ValueError)
    if not value.startswith(("env:", "file:")):
        return Secret(check_url(value))
    context = info.context or {}
    secret = read_reference(value, context.get("base_dir", Path()), context.get("environment", {}))
    check_url(secret.reveal())
    return secret


def _below_base(value: Path, info: ValidationInfo) -> Path:
    base: Path = (info.context or {}).get("base_dir", Path())
    return base / value.expanduser()


def _existing_file(value: Path) -> Path:
    if not value.is_file():
        raise ValueError(f"there is no file {value}")
    return value


def _matching_pattern(value: str, info: ValidationInfo) -> str:
    base: Path = (info.context or {}).get("base_dir", Path())
    if not files_of(str(base / value)):
        raise ValueError(f"no file matches {value!r} in {base}; paths start at the folder of the settings")
    return str(base / value)


def files_of(pattern: str) -> list[Path]:
    """Return the files that the absolute or relative pattern names, sorted."""
    anchor = Path(pattern)
    wild = next((i for i, part in enumerate(anchor.parts) if any(c in part for c in "*?[")), None)
    if wild is None:
        return [anchor] if anchor.is_file() else []
    folder = Path(*anchor.parts[:wild])
    return sorted(path for path in folder.glob(str(Path(*anchor.parts[wild:]))) if path.is_file())


_AS_DURATION: Final[Any] = PlainSerializer(format_duration_ms, return_type=str, when_used="json")

DurationMs = Annotated[int, BeforeValidator(_duration), _AS_DURATION]
"""A duration in the file (``30s``), milliseconds in Python; may be 0."""

PositiveDurationMs = Annotated[int, AfterValidator(_positive), BeforeValidator(_duration), _AS_DURATION]
"""A duration longer than nothing."""

Listen = Annotated[ListenAddress, PlainValidator(_listen_address), PlainSerializer(str, when_used="json")]
TimeZone = Annotated[str, AfterValidator(_time_zone)]
BotName = Annotated[str, AfterValidator(_bot_name)]
LabelName = Annotated[str, AfterValidator(_label_name)]
Url = Annotated[str, AfterValidator(check_url)]
SecretUrl = Annotated[Secret, PlainValidator(_secret_url), PlainSerializer(str)]
"""A URL that may itself be a secret: written out, or a reference; never shown either way."""

FolderPath = Annotated[Path, AfterValidator(_below_base)]
FilePath = Annotated[Path, AfterValidator(_below_base), AfterValidator(_existing_file)]
FilePattern = Annotated[str, AfterValidator(_matching_pattern)]
