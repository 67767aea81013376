from __future__ import annotations

import asyncio

import pytest

from deskwatch.model import Labels
from deskwatch.server.alerting.context import Context, ContextFailure, capture

pytestmark = pytest.mark.anyio


class Source:
    def __init__(self, answer: Context | Exception | None) -> None:
        self.answer = answer

    async def context(self, alert_labels: Labels, now_ms: int) -> Context:
        if self.answer is None:
            await asyncio.Event().wait()
        if isinstance(self.answer, Context):
            return self.answer
        assert isinstance(self.answer, Exception)
        raise self.answer


async def test_what_the_source_says_is_taken():
    assert await capture(Source(Context("demo")), Labels(), 0) == Context("demo")


async def test_a_source_that_hangs_is_left_in_time():
    assert await capture(Source(None), Labels(), 0, timeout_seconds=0.01) is ContextFailure.TIMEOUT


@pytest.mark.parametrize("error", [RuntimeError("x"), KeyError("y"), ZeroDivisionError()])
async def test_a_source_that_fails_is_no_error(error):
    assert await capture(Source(error), Labels(), 0) is ContextFailure.ERROR
