"""What the middleware does with applications that a server would rather not meet."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from deskwatch.client import Registry
from deskwatch.client.integrations.fastapi import RequestMetrics
from deskwatch.client.service import ServiceMetrics
from exposed import samples


@pytest.fixture
def service() -> ServiceMetrics:
    return ServiceMetrics(Registry())


async def ask(app: Any, service: ServiceMetrics, **scope: Any) -> list[Any]:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "http.disconnect"}

    asked = {"type": "http", "method": "GET", "path": "/secret/42", **scope}
    await RequestMetrics(app, service)(asked, receive, send)
    return sent


def test_a_request_that_is_cancelled_before_its_answer_is_499(service: ServiceMetrics) -> None:
    async def forever(*_: Any) -> None:
        await asyncio.Event().wait()

    async def cancelled() -> None:
        asking = asyncio.create_task(ask(forever, service))
        await asyncio.sleep(0)
        assert samples(service.registry)["http_requests_in_progress{method=GET,endpoint=unmatched}"] == 1
        asking.cancel()
        await asyncio.wait([asking])
        assert asking.cancelled()

    asyncio.run(cancelled())
    got = samples(service.registry)
    assert got["http_requests_total{method=GET,endpoint=unmatched,status=499}"] == 1
    assert got["http_errors_total{method=GET,endpoint=unmatched,type=CancelledError}"] == 1
    assert got["http_requests_in_progress{method=GET,endpoint=unmatched}"] == 0


def test_an_application_that_says_nothing_is_500_as_its_server_will_answer(service: ServiceMetrics) -> None:
    async def silent(*_: Any) -> None:
        return

    asyncio.run(ask(silent, service))
    assert samples(service.registry)["http_requests_total{method=GET,endpoint=unmatched,status=500}"] == 1


def test_an_exception_in_mid_stream_keeps_the_status_that_was_sent(service: ServiceMetrics) -> None:
    async def breaks(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body", "body": b"1", "more_body": True})
        raise EOFError

    with pytest.raises(EOFError):
        asyncio.run(ask(breaks, service))
    got = samples(service.registry)
    assert got["http_requests_total{method=GET,endpoint=unmatched,status=200}"] == 1
    assert got["http_errors_total{method=GET,endpoint=unmatched,type=EOFError}"] == 1


def test_an_application_that_ends_its_answer_twice_is_counted_once(service: ServiceMetrics) -> None:
    async def ends_twice(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body"})
        await send({"type": "http.response.body"})

    asyncio.run(ask(ends_twice, service))
    assert samples(service.registry)["http_requests_total{method=GET,endpoint=unmatched,status=200}"] == 1


@pytest.mark.parametrize(
    "left",
    [{"fastapi": 7}, {"root_path": None}, {"route": 7, "path_params": 7}, {"root_path": "/secret/42", "app": 7}],
)
def test_whatever_a_router_leaves_in_the_scope_no_path_becomes_a_label(
    left: dict[str, Any], service: ServiceMetrics
) -> None:
    async def answers(scope: Any, receive: Any, send: Any) -> None:
        scope.update(endpoint=answers, **left)
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body"})

    sent = asyncio.run(ask(answers, service))
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    assert samples(service.registry)["http_requests_total{method=GET,endpoint=unmatched,status=200}"] == 1
