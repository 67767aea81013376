"""Every public call of every public class of the client: whatever it is given, from wherever, nothing raises or hangs.

A class that is new to ``deskwatch`` must be listed here, with how one is made, or with why it records nothing.
"""

from __future__ import annotations

import gc
import inspect
import os
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

import deskwatch
from client_fakes import CollectingLink
from deskwatch import (
    AccountGuard,
    AlertManager,
    BotMetrics,
    BrokerMetrics,
    Guard,
    MarketMetrics,
    MaxDayLoss,
    MaxDrawdown,
    MaxOrderRate,
    MLMetrics,
    PipelineMetrics,
    Registry,
    ServiceMetrics,
    TradingMetrics,
)
from deskwatch.dialects import crypto_quant
from deskwatch.dialects.algo_trade import AlgoTradeExporter
from hostile import anything

Make = Callable[[Registry], Any]


LIMITS = [MaxDrawdown(0.1), MaxDayLoss(amount=5), MaxOrderRate(3)]


def a_guard(account: AccountGuard | None = None) -> Guard:
    return Guard(LIMITS, link=CollectingLink(), on_trip=lambda _trip: 1 / 0, account=account)


def an_account() -> AccountGuard:
    return AccountGuard(LIMITS, link=CollectingLink(), on_trip=lambda _trip: 1 / 0)


RECORDERS: dict[str, Make] = {
    "AccountGuard": lambda _registry: an_account(),
    "AlertManager": lambda registry: AlertManager(registry=registry, link=CollectingLink()),
    "Counter": lambda registry: registry.counter("hits_total", "."),
    "Gauge": lambda registry: registry.gauge("level", "."),
    "Guard": lambda _registry: a_guard(),
    "Guard on an account": lambda _registry: a_guard(an_account()),
    "Histogram": lambda registry: registry.histogram("wait_seconds", "."),
    "TradingMetrics": lambda registry: TradingMetrics(
        "s", starting_equity=100, registry=registry, guard=a_guard(), link=CollectingLink()
    ),
    "SymbolRecorder": lambda registry: TradingMetrics("s", registry=registry, link=CollectingLink()).bind("BTC"),
    "BotMetrics": lambda registry: BotMetrics(registry=registry, link=CollectingLink()),
    "BrokerMetrics": lambda registry: BrokerMetrics(registry=registry, link=CollectingLink()),
    "FeedRecorder": lambda registry: MarketMetrics(registry=registry, link=CollectingLink()).feed,
    "MarketMetrics": lambda registry: MarketMetrics(registry=registry, link=CollectingLink()),
    "MarketSymbol": lambda registry: MarketMetrics(registry=registry, link=CollectingLink()).bind("BTC"),
    "MLMetrics": lambda registry: MLMetrics(registry=registry, link=CollectingLink()),
    "ModelRecorder": lambda registry: MLMetrics(registry=registry, link=CollectingLink()).bind("lstm"),
    "PipelineMetrics": lambda registry: PipelineMetrics(registry=registry, link=CollectingLink()),
    "PipelineRecorder": lambda registry: PipelineMetrics(registry=registry, link=CollectingLink()).bind("load"),
    "TradingMetrics in a dialect": lambda registry: TradingMetrics(
        "s", starting_equity=100, registry=registry, dialect="trading_bot", link=CollectingLink()
    ),
    "BotMetrics in a dialect": lambda registry: BotMetrics(
        registry=registry, dialect="algo_trade", link=CollectingLink()
    ),
    "algo_trade.AlgoTradeExporter": AlgoTradeExporter,
    "crypto_quant.TradingMetrics": lambda registry: crypto_quant.TradingMetrics(registry=registry),
    "Family": lambda registry: registry.counter("bound_total", ".", ("a", "b")),
    "ServiceMetrics": lambda registry: ServiceMetrics(registry, link=CollectingLink()),
    "EndpointRecorder": lambda registry: ServiceMetrics(registry).bind_request("GET", "/"),
    "DatabaseRecorder": lambda registry: ServiceMetrics(registry).bind_database("products"),
    "CommandRecorder": lambda registry: ServiceMetrics(registry).bind_command("GET"),
    "TaskRecorder": lambda registry: ServiceMetrics(registry).bind_task("sync"),
    "PlatformRecorder": lambda registry: ServiceMetrics(registry).bind_platform("ebay"),
}

OTHERWISE: dict[str, str] = {
    "AlertTemplates": "makes text for AlertManager; below",
    "Allowed": "an answer",
    "Confirm": "a declaration: misuse raises, tests/unit/client/guard/test_limits.py",
    "Exporter": "serves; tests/integration/client/test_exporter.py",
    "FillArchive": "a declaration; it keeps what TradingMetrics has checked",
    "GuardState": "a value",
    "HostMetrics": "records nothing that it is given; tests/unit/client/service/test_host.py",
    "Instrument": "a declaration: misuse raises, tests/unit/client/trading/test_instruments.py",
    "Intent": "a value",
    "Ledger": "takes what TradingMetrics has checked",
    "MetricsExporter": "declares, serves and pushes: tests/integration/client/test_own_metrics.py, test_push.py",
    "Pace": "a declaration",
    "PushResult": "an answer",
    "Registry": "declares: misuse raises, tests/unit/client/metrics/test_registry.py",
    "Rotation": "a declaration",
    "Trip": "a value",
    "timed": "takes what was declared; tests/unit/client/test_timing.py",
    **dict.fromkeys((name for name in deskwatch.__all__ if name.startswith(("Max", "Min", "No"))), "a declaration"),
}

INSIDE = {"write", "only", "attach", "judge", "carry_out", "check", "join", "hear", "tighten", "answer"}
"""Calls between our own parts, which pass what they made themselves; ``check`` is in test_recording.py, and what a
command may be in test_obey.py."""

WAITING = {"start_server", "stop_server", "push", "flush", "after_fork", "reset"}
"""Calls that say that they wait, open a socket or write a file, and the one that the interpreter makes after a fork."""


def public_calls(recorder: object) -> Iterator[tuple[str, Callable[..., object]]]:
    """Return the methods that a strategy may call."""
    for name in dir(type(recorder)):
        found = inspect.getattr_static(type(recorder), name)
        if not name.startswith("_") and name not in WAITING | INSIDE and callable(getattr(found, "__func__", found)):
            yield name, getattr(recorder, name)


class Drawn:
    """Arguments that Hypothesis makes."""

    def __init__(self, data: st.DataObject) -> None:
        self._draw = data.draw

    def one(self) -> Any:
        return self._draw(anything)

    def several(self) -> list[Any]:
        return self._draw(st.lists(anything, max_size=3))

    def named(self) -> dict[str, Any]:
        return self._draw(st.dictionaries(st.sampled_from(["a", "b", "detail"]), anything, max_size=3))

    def left_out(self) -> bool:
        return self._draw(st.booleans())


class Plain(Drawn):
    """Arguments that are all alike and harmless."""

    def __init__(self) -> None:
        pass

    def one(self) -> Any:
        return "1"

    def several(self) -> list[Any]:
        return ["1"]

    def named(self) -> dict[str, Any]:
        return {"detail": "1"}

    def left_out(self) -> bool:
        return False


def arguments(call: Callable[..., object], of: Drawn) -> tuple[list[Any], dict[str, Any]]:
    """Return something for each parameter; a parameter by name that has a default is left out now and then."""
    given_, named = [], {}
    for parameter in inspect.signature(call).parameters.values():
        if parameter.kind is parameter.VAR_POSITIONAL:
            given_ += of.several()
        elif parameter.kind is parameter.VAR_KEYWORD:
            named |= of.named()
        elif parameter.kind is not parameter.KEYWORD_ONLY:
            given_.append(of.one())
        elif parameter.default is parameter.empty or not of.left_out():
            named[parameter.name] = of.one()
    return given_, named


def use(result: object) -> None:
    """Do with an answer what its kind is for: enter a context, wrap a function."""
    if hasattr(type(result), "__enter__"):
        with result:  # type: ignore[attr-defined]
            pass


def test_every_public_class_is_here_or_said_why_not() -> None:
    classes = {name for name in deskwatch.__all__ if inspect.isclass(getattr(deskwatch, name))}
    assert classes - RECORDERS.keys() - OTHERWISE.keys() == set()


@pytest.mark.parametrize("name", RECORDERS)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_no_public_call_raises(name: str, data: st.DataObject) -> None:
    registry = Registry()
    recorder = RECORDERS[name](registry)
    for _call_name, call in public_calls(recorder):
        given_, named = arguments(call, Drawn(data))
        use(call(*given_, **named))
    list(text_string_to_metric_families(registry.expose(with_prometheus_client=False).decode()))


def record_everything(recorder: object) -> None:
    """Call everything once, with words and numbers."""
    for _name, call in public_calls(recorder):
        given_, named = arguments(call, Plain())
        use(call(*given_, **named))


@pytest.mark.parametrize("name", RECORDERS)
def test_calls_come_through_from_del_while_collecting(name: str) -> None:
    recorder = RECORDERS[name](Registry())
    failed: list[BaseException] = []

    class Last:
        def __init__(self) -> None:
            self.me = self

        def __del__(self) -> None:
            try:
                record_everything(recorder)
            except BaseException as error:
                failed.append(error)
                raise

    Last()
    gc.collect()
    assert failed == []


@pytest.mark.parametrize("name", RECORDERS)
def test_calls_come_through_from_a_signal_handler_in_the_middle_of_a_call(name: str) -> None:
    recorder, calls = RECORDERS[name](Registry()), []

    def handler(*_: object) -> None:
        record_everything(recorder)
        calls.append(1)
        # Only now the next: a slow machine would otherwise pile handler upon handler.
        signal.setitimer(signal.ITIMER_REAL, 0.001)

    before = signal.signal(signal.SIGALRM, handler)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.001)
        while len(calls) < 5:
            record_everything(recorder)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert len(calls) >= 5


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.parametrize("name", RECORDERS)
def test_calls_come_through_in_a_child_that_was_forked_in_the_middle_of_a_call(name: str, tmp_path: Path) -> None:
    recorder, stop = RECORDERS[name](Registry()), threading.Event()

    def busy() -> None:
        while not stop.is_set():
            record_everything(recorder)

    thread = threading.Thread(target=busy)
    thread.start()
    try:
        for _ in range(5):
            assert _in_a_child(lambda: record_everything(recorder)) == 0
    finally:
        stop.set()
        thread.join()


def _in_a_child(work: Callable[[], None]) -> int:
    """Return the exit code of a forked child that does the work; 14 says that it hung."""
    pid = os.fork()
    if pid:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    code = 1
    try:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(5)
        work()
        code = 0
    finally:
        os._exit(code)


@given(st.tuples(anything, anything, anything))
def test_a_template_takes_whatever_it_is_given(figures: tuple[Any, Any, Any]) -> None:
    from deskwatch import AlertTemplates

    a, b, c = figures
    for text in (
        AlertTemplates.kill_switch_activated(a, b, c),
        AlertTemplates.high_order_latency(a, b),
        AlertTemplates.data_stale(a, b),
        AlertTemplates.broker_connection_lost("x" if c is None else "y"),
    ):
        assert text["title"]
        assert text["message"].encode()
