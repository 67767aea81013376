from __future__ import annotations

import pytest

from deskwatch.client.otlp.settings import read_settings


@pytest.mark.parametrize(
    ("endpoint", "environment", "url"),
    [
        (None, {}, "http://localhost:4318/v1/metrics"),
        ("https://otlp.example", {}, "https://otlp.example/v1/metrics"),
        ("https://otlp.example/", {}, "https://otlp.example/v1/metrics"),
        ("https://otlp.example/otlp/v1/metrics", {}, "https://otlp.example/otlp/v1/metrics"),
        (None, {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://[::1]:4318/base/"}, "http://[::1]:4318/base/v1/metrics"),
        (None, {"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": "http://m/as-it-is"}, "http://m/as-it-is"),
        (
            None,
            {"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": "http://m/x", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://all"},
            "http://m/x",
        ),
        ("http://argument", {"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": "http://m"}, "http://argument/v1/metrics"),
    ],
)
def test_the_url_is_found_as_the_specification_says(
    endpoint: str | None, environment: dict[str, str], url: str
) -> None:
    assert read_settings(environment, endpoint).url == url


@pytest.mark.parametrize("endpoint", ["localhost:4318", "ftp://x", "http://", "http://host:port", "grpc://h:4317"])
def test_an_endpoint_that_cannot_be_used_is_refused(endpoint: str) -> None:
    with pytest.raises(ValueError, match="such as http://localhost:4318"):
        read_settings({}, endpoint)


def test_a_password_in_an_endpoint_is_not_told() -> None:
    with pytest.raises(ValueError, match="OTLP endpoint") as raised:
        read_settings({}, "ftp://me:s3cret@host")
    assert "s3cret" not in str(raised.value)


@pytest.mark.parametrize("headers", [{"api-key": "s3cret\r\nx: y"}, {"a b": "s3cret"}, {"api-key": "s3cret\x00"}])
def test_a_header_that_http_cannot_carry_is_refused_without_its_value(headers: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="header") as raised:
        read_settings({}, headers=headers)
    assert "s3cret" not in str(raised.value)


@pytest.mark.parametrize(
    ("environment", "seconds"),
    [({}, 60.0), ({"OTEL_METRIC_EXPORT_INTERVAL": "15000"}, 15.0)],
)
def test_the_interval_is_in_seconds_whatever_the_variable_is_in(environment: dict[str, str], seconds: float) -> None:
    assert read_settings(environment).interval_seconds == seconds
    assert read_settings(environment, interval_seconds=5).interval_seconds == 5


@pytest.mark.parametrize("wrong", [0, -1, float("nan"), float("inf")])
def test_an_interval_that_is_none_is_refused(wrong: float) -> None:
    with pytest.raises(ValueError, match="interval_seconds"):
        read_settings({}, interval_seconds=wrong)
    with pytest.raises(ValueError, match="OTEL_METRIC_EXPORT_INTERVAL"):
        read_settings({"OTEL_METRIC_EXPORT_INTERVAL": "often"})


@pytest.mark.parametrize(("word", "delta"), [("", False), ("Cumulative", False), ("delta", True), ("LowMemory", True)])
def test_a_temporality_is_read(word: str, delta: bool) -> None:
    assert read_settings({"OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE": word}).delta is delta


def test_a_temporality_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="cumulative or delta"):
        read_settings({}, temporality="both")


def test_the_name_of_the_service_is_found() -> None:
    found = [
        read_settings(environment).resource["service.name"]
        for environment in (
            {"OTEL_SERVICE_NAME": "a", "OTEL_RESOURCE_ATTRIBUTES": "service.name=b", "DESKWATCH_BOT": "c"},
            {"OTEL_RESOURCE_ATTRIBUTES": "service.name=b", "DESKWATCH_BOT": "c"},
            {"DESKWATCH_BOT": "c"},
            {},
        )
    ]
    assert found == ["a", "b", "c", "unknown_service:python"]
