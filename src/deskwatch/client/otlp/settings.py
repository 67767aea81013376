"""Where and how to export, from arguments and from OpenTelemetry's environment variables.

Source:  https://opentelemetry.io/docs/specs/otel/protocol/exporter/
         https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote, urlsplit

from deskwatch.client.link import BOT_VARIABLE

METRICS_PATH: Final = "/v1/metrics"
DEFAULT_ENDPOINT: Final = "http://localhost:4318"
DEFAULT_INTERVAL_SECONDS: Final = 60.0  # OTEL_METRIC_EXPORT_INTERVAL
DEFAULT_TIMEOUT_SECONDS: Final = 10.0  # OTEL_EXPORTER_OTLP_TIMEOUT
_PLACE: Final = re.compile(r"(\[[^\[\]]+\]|[^:\[\]]+)(:[0-9]+)?")
# https://www.rfc-editor.org/rfc/rfc9110#section-5.1 and section-5.5
_HEADER_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE: Final = re.compile(r"[\t\x20-\x7e]*")
TEMPORALITIES: Final = ("cumulative", "delta")


@dataclass(frozen=True, slots=True)
class Settings:
    """What an export needs to know.

    Attributes:
        url: Of the signal, ``/v1/metrics`` included.
        headers: Sent with each request; they hold secrets.
        interval_seconds: Between two exports.
        timeout_seconds: For one request.
        delta: Send what was added since the last export, not the sums since the start.
        resource: What is said of the process.
        ca_file: Certificates to trust instead of the machine's.
        gzip: Compress the body.
    """

    url: str
    headers: Mapping[str, str]
    interval_seconds: float
    timeout_seconds: float
    delta: bool
    resource: Mapping[str, str]
    ca_file: str | None = None
    gzip: bool = True


def read_settings(
    environment: Mapping[str, str],
    endpoint: str | None = None,
    *,
    interval_seconds: float | None = None,
    headers: Mapping[str, str] | None = None,
    temporality: str | None = None,
) -> Settings:
    """Return the settings; an argument wins over a variable for metrics, and that over one for all signals.

    Raises:
        ValueError: A URL, a number or a word cannot be used; the text says where it stands and what would be right.
    """

    def variable(name: str) -> str:
        return (
            environment.get(f"OTEL_EXPORTER_OTLP_METRICS_{name}") or environment.get(f"OTEL_EXPORTER_OTLP_{name}") or ""
        )

    preference = environment.get("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "")
    return Settings(
        url=_url(endpoint, environment),
        headers=_headers({**_pairs(variable("HEADERS")), **(headers or {})}),
        interval_seconds=_interval(interval_seconds, environment),
        timeout_seconds=_seconds(variable("TIMEOUT") or DEFAULT_TIMEOUT_SECONDS, "OTEL_EXPORTER_OTLP_TIMEOUT"),
        delta=_temporality(temporality or preference or "cumulative") == "delta",
        resource=_resource(environment),
        ca_file=variable("CERTIFICATE") or None,
        gzip=variable("COMPRESSION").lower() != "none",
    )


def _url(endpoint: str | None, environment: Mapping[str, str]) -> str:
    url = endpoint or environment.get("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT") or ""
    if not endpoint and url:
        return _checked(url)  # the variable for metrics alone is taken as it is, by the specification
    url = url or environment.get("OTEL_EXPORTER_OTLP_ENDPOINT") or DEFAULT_ENDPOINT
    path = urlsplit(url).path.rstrip("/")
    return _checked(url if path.endswith(METRICS_PATH) else url.rstrip("/") + METRICS_PATH)


def _checked(url: str) -> str:
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]  # never the password before it
    if parts.scheme not in ("http", "https") or not parts.hostname or not _PLACE.fullmatch(place):
        raise ValueError(f"an OTLP endpoint is such as {DEFAULT_ENDPOINT}, was {parts.scheme}://{place}")
    return url


def _headers(headers: Mapping[str, str]) -> Mapping[str, str]:
    for name, value in headers.items():
        if not _HEADER_NAME.fullmatch(name) or not _HEADER_VALUE.fullmatch(value):
            raise ValueError(
                f"the header {name!r} has a name or a value that HTTP cannot carry"
            )  # not the value: a key
    return headers


def _interval(given: float | None, environment: Mapping[str, str]) -> float:
    if given is not None:
        return _seconds(given, "interval_seconds")
    name = "OTEL_METRIC_EXPORT_INTERVAL"
    milliseconds = environment.get(name)
    return _seconds(milliseconds, name) / 1000 if milliseconds else DEFAULT_INTERVAL_SECONDS


def _seconds(value: object, name: str) -> float:
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        number = 0.0
    if not 0 < number < float("inf"):
        raise ValueError(f"{name} is a number above 0, was {value!r}")
    return number


def _temporality(word: str) -> str:
    found = word.strip().lower()
    if found == "lowmemory":  # delta for what counts up, which is all that we export with a temporality
        return "delta"
    if found not in TEMPORALITIES:
        raise ValueError(f"a temporality is {' or '.join(TEMPORALITIES)}, was {word!r}")
    return found


def _pairs(text: str) -> dict[str, str]:
    """Read ``a=1,b=2``, with values in percent encoding."""
    pairs = (item.partition("=") for item in text.split(",") if "=" in item)
    return {name.strip(): unquote(value.strip()) for name, _, value in pairs if name.strip()}


def _resource(environment: Mapping[str, str]) -> dict[str, str]:
    attributes = _pairs(environment.get("OTEL_RESOURCE_ATTRIBUTES", ""))
    service = environment.get("OTEL_SERVICE_NAME") or attributes.get("service.name") or environment.get(BOT_VARIABLE)
    return {**attributes, "service.name": service or "unknown_service:python"}
