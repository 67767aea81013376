from __future__ import annotations

import pytest

from deskwatch.client.metrics import DropReason, Registry
from deskwatch.client.metrics.push import PushOutcome, group_path, push
from deskwatch.server.ingest import parse_grouping_key


@pytest.mark.parametrize(
    ("job", "labels", "path"),
    [
        ("backtest", {}, "/metrics/job/backtest"),
        ("some job", {"instance": "a b"}, "/metrics/job/some%20job/instance/a%20b"),
        ("a/b", {}, "/metrics/job@base64/YS9i"),
        ("x", {"path": "/var/tmp"}, "/metrics/job/x/path@base64/L3Zhci90bXA="),
        ("x", {"empty": ""}, "/metrics/job/x/empty@base64/="),
        ("x", {"up": ".."}, "/metrics/job/x/up@base64/Li4="),
        ("ünï", {"n": 1}, "/metrics/job/%C3%BCn%C3%AF/n/1"),
    ],
)
def test_a_group_has_the_path_that_the_pushgateway_documents(job: str, labels: dict[str, str], path: str) -> None:
    assert group_path(job, labels) == path


def test_our_own_server_reads_the_same_group() -> None:
    labels = {"path": "/var/tmp", "up": "..", "plain": "a"}
    path = group_path("a/b", {**labels, "empty": ""})  # an empty label is the same as none
    assert dict(parse_grouping_key(path.removeprefix("/metrics/")).pairs) == {"job": "a/b", **labels}


@pytest.mark.parametrize(
    ("job", "labels"), [("", {}), ("x", {"job": "y"}), ("x", {"1st": "y"}), ("x", {"__y": "z"}), ("x", 5), (None, {})]
)
def test_a_group_that_cannot_be_is_said_and_not_raised(job: str, labels: dict[str, str]) -> None:
    registry = Registry()
    result = push(job, url="http://127.0.0.1:1", grouping_key=labels, registry=registry)
    assert result.outcome is PushOutcome.INVALID
    assert not result
    assert registry.drops.read()[DropReason.PUSH] == 1


@pytest.mark.parametrize("url", ["127.0.0.1:9091", "ftp://127.0.0.1", "http://", "http://127.0.0.1:port"])
def test_an_url_that_cannot_be_used_is_said(url: str) -> None:
    assert push("x", url=url, registry=Registry()).outcome is PushOutcome.INVALID


def test_without_a_target_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DESKWATCH_URL", raising=False)
    result = push("x", registry=Registry())
    assert result.outcome is PushOutcome.NO_TARGET
    assert "DESKWATCH_URL" in result.detail
