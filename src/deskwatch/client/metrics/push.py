"""Push the metrics of a batch job, which ends before anybody could scrape it.

Way:     registry → [push] → PUT, POST or DELETE /metrics/job/… of a Pushgateway or of the deskwatch server.
Threads: the request runs in a daemon thread, and the caller waits for it for ``timeout_seconds`` at most: a job calls
         this at its end. It is not for the trade loop.
Source:  https://github.com/prometheus/pushgateway#api
"""

from __future__ import annotations

import os
import threading
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple
from urllib.parse import quote

from deskwatch.client import diagnostics
from deskwatch.client.link import URL_VARIABLE
from deskwatch.client.metrics.declare import check_labels
from deskwatch.client.metrics.drops import DropReason, Drops
from deskwatch.client.metrics.exposition import CONTENT_TYPE
from deskwatch.client.metrics.registry import Registry, default_registry
from deskwatch.client.transport import Answer, Reply, exchange

PUSH_SECONDS: Final = 5.0
"""A batch job waits at most so long."""

MAX_DETAIL_CHARS: Final = 300


class PushOutcome(StrEnum):
    """What came of a push."""

    DONE = "done"
    NO_TARGET = "no_target"
    INVALID = "invalid"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"


@dataclass(frozen=True, slots=True)
class PushResult:
    """What came of a push; true when it was taken.

    Attributes:
        outcome: One word.
        detail: What the server or the system said.
    """

    outcome: PushOutcome
    detail: str = ""

    def __bool__(self) -> bool:
        return self.outcome is PushOutcome.DONE


def push(
    job: str,
    *,
    url: str | None = None,
    grouping_key: Mapping[str, str] | None = None,
    replace: bool = True,
    registry: Registry | None = None,
    timeout_seconds: float = PUSH_SECONDS,
) -> PushResult:
    """Push everything that ``/metrics`` of this process would show; never raises.

    Args:
        job: The label ``job``.
        url: Of a Pushgateway, such as ``http://127.0.0.1:9091``, or of the deskwatch server; with ``user:password@``
            where it asks for one. By default what ``DESKWATCH_URL`` says.
        grouping_key: More labels that name the group, such as the instance; any text.
        replace: Replace the whole group (PUT); otherwise only the metrics of the same names (POST).
        registry: Whose metrics; by default those of the process.
        timeout_seconds: For everything together.
    """
    shown = registry if registry is not None else default_registry()
    method = "PUT" if replace else "POST"
    return _told(_send(method, _Group(url, job, grouping_key or {}), shown.expose, timeout_seconds), shown.drops)


def delete_pushed(
    job: str,
    *,
    url: str | None = None,
    grouping_key: Mapping[str, str] | None = None,
    timeout_seconds: float = PUSH_SECONDS,
) -> PushResult:
    """Remove a group that was pushed, with the same arguments as for ``push``; never raises."""
    return _told(
        _send("DELETE", _Group(url, job, grouping_key or {}), bytes, timeout_seconds), default_registry().drops
    )


def push_text(
    text: bytes, job: str, *, url: str | None, grouping_key: Mapping[str, str], drops: Drops, timeout_seconds: float
) -> PushResult:
    """Replace a group by an exposition that is there already; never raises."""
    return _told(_send("PUT", _Group(url, job, grouping_key), lambda: text, timeout_seconds), drops)


def group_path(job: str, grouping_key: Mapping[str, str]) -> str:
    """Return ``/metrics/job/<job>{/<label>/<value>}``.

    A value that a path cannot carry is written in URL-safe base64 behind ``<label>@base64``: one with a slash, an empty
    one (as ``=``), and one of dots only, which servers take for a step upwards.

    Raises:
        ValueError: The job is empty, or a label is none.
    """
    if not job:
        raise ValueError("a job is a text that is not empty, such as 'backtest'")
    if grouping_key:
        check_labels("the grouping key", tuple(grouping_key), "gauge")
    if "job" in grouping_key:
        raise ValueError("the grouping key has the label job already: give it as the job")
    pairs = [("job", job), *grouping_key.items()]
    return "/metrics" + "".join(_segment(label, str(value)) for label, value in pairs)


def _segment(label: str, value: str) -> str:
    if not value:
        return f"/{label}@base64/="
    if "/" in value or not value.strip("."):
        return f"/{label}@base64/{urlsafe_b64encode(value.encode()).decode()}"
    return f"/{label}/{quote(value, safe='')}"


class _Group(NamedTuple):
    url: str | None
    job: str
    labels: Mapping[str, str]


def _send(method: str, group: _Group, body: Callable[[], bytes], timeout_seconds: float) -> PushResult:
    target = group.url or os.environ.get(URL_VARIABLE)
    if not target:
        return PushResult(PushOutcome.NO_TARGET, f"give a url, or set {URL_VARIABLE}")
    try:
        place = target.rstrip("/") + group_path(group.job, group.labels)
        text = body()
    except Exception as error:  # noqa: BLE001  (hostile labels may raise anything; the job's own end must come)
        return PushResult(PushOutcome.INVALID, _short(error))
    headers = {"Content-Type": CONTENT_TYPE}
    return _within(timeout_seconds, lambda: exchange(method, place, text, headers, timeout_seconds=timeout_seconds))


def _within(timeout_seconds: float, request: Callable[[], Reply]) -> PushResult:
    """Wait for a request; a DNS server that does not answer holds only the thread."""
    results: list[PushResult] = []
    thread = threading.Thread(target=lambda: results.append(_result(request)), name="deskwatch-push", daemon=True)
    try:
        thread.start()
    except RuntimeError:  # the interpreter is going down, and no thread can start: sockets still have their deadline
        return _result(request)
    thread.join(timeout_seconds)
    return results[0] if results else PushResult(PushOutcome.TIMEOUT, f"no answer within {timeout_seconds:g} s")


def _result(request: Callable[[], Reply]) -> PushResult:
    try:
        reply = request()
    except TimeoutError as error:
        return PushResult(PushOutcome.TIMEOUT, _short(error))
    except OSError as error:
        return PushResult(PushOutcome.UNREACHABLE, _short(error))
    except Exception as error:  # noqa: BLE001  (an URL or an answer that is none; told to the caller)
        return PushResult(PushOutcome.INVALID, _short(error))
    if reply.answer is Answer.TAKEN:
        return PushResult(PushOutcome.DONE)
    said = reply.body.decode("utf-8", "replace").strip()
    return PushResult(PushOutcome.REFUSED, f"{reply.status} {said}"[:MAX_DETAIL_CHARS])


def _short(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:MAX_DETAIL_CHARS]


def _told(result: PushResult, drops: Drops) -> PushResult:
    if not result:
        drops.count(DropReason.PUSH)
        diagnostics.say("push", f"metrics were not pushed: {result.outcome}: {result.detail}")
    return result
