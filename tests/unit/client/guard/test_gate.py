from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from deskwatch.client.guard import (
    Allowed,
    GuardState,
    MaxOrderNotional,
    MaxOrderRate,
    MaxOrdersPerSignal,
    MaxPosition,
    NoDuplicateOrder,
)
from deskwatch.client.guard.meters import MAX_REMEMBERED
from guard_desk import NOW, Desk


def test_the_limit_that_closes_furthest_answers_for_the_order() -> None:
    desk = Desk(
        MaxOrderNotional(50),
        MaxPosition(0.5, then=GuardState.REDUCING),
        NoDuplicateOrder(10),
        MaxOrderRate(1, then=GuardState.HALTED),
    )
    assert desk.order(0.1) is Allowed.YES
    assert desk.order(1.0) is Allowed.ORDER_RATE
    assert desk.guard.state is GuardState.HALTED
    assert [limit for limit, _ in desk.told("tripped")] == ["max_order_rate"]


def test_the_state_comes_before_the_limits() -> None:
    desk = Desk(MaxOrderNotional(50))
    desk.guard.halt("the news")
    answers = [desk.order(9.0, intent=intent) for intent in ("ENTRY", "EXIT", "CANCEL", "OTHER")]
    assert answers == [Allowed.HALTED, Allowed.HALTED, Allowed.YES, Allowed.UNKNOWN_INTENT]


class Interrupted(MaxOrderNotional):
    """A limit in the middle of whose measuring something happens, as a signal handler would."""

    def meter(self, book: object) -> object:  # type: ignore[override]
        return Interrupting()


class Interrupting:
    happens: Callable[[], object] = staticmethod(lambda: None)

    def take(self, order: object) -> float:
        Interrupting.happens()
        return 1.0

    def undo(self, order: object) -> None: ...


def test_an_order_from_within_an_order_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    desk, inner = Desk(Interrupted(500)), []
    monkeypatch.setattr(Interrupting, "happens", lambda: inner.append(desk.order(1.0)))
    assert (desk.order(1.0), inner) == (Allowed.YES, [Allowed.UNUSABLE_ORDER])
    monkeypatch.undo()
    assert desk.order(1.0) is Allowed.YES


def test_a_child_forked_in_the_middle_of_an_order_can_order() -> None:
    desk = Desk(MaxOrderNotional(500))
    gate = desk.guard._gate
    held = threading.Thread(target=gate._lock.acquire)
    held.start()
    held.join()
    gate._busy = True
    desk.guard.after_fork()
    assert desk.order() is Allowed.YES


def test_a_limit_of_the_users_own_that_fails_refuses() -> None:
    class Broken(MaxOrderNotional):
        def meter(self, book: object) -> object:  # type: ignore[override]
            return object.__new__(Raising)

    class Raising:
        def take(self, order: object) -> float:
            raise RuntimeError("broken")

        def undo(self, order: object) -> None: ...

    desk = Desk(Broken(500))
    assert [desk.order(), desk.order()] == [Allowed.UNUSABLE_ORDER] * 2


def test_threads_together_get_no_more_than_one_would() -> None:
    desk, answers = Desk(MaxPosition(1000)), []
    threads = [threading.Thread(target=lambda: answers.extend([desk.order(1.0) for _ in range(400)])) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(answers), answers.count(Allowed.YES)) == (1600, 1000)


def test_what_is_remembered_is_bounded_and_the_newest_of_it_holds() -> None:
    desk = Desk(MaxOrdersPerSignal(1, then=None), NoDuplicateOrder(60))
    for number in range(2 * MAX_REMEMBERED + 5):
        assert desk.order(1.0 + number, signal_id=number)
    signals, duplicates = (check.meter for check in desk.guard._gate._checks)
    for meter in (signals, duplicates):
        assert len(meter.newer) + len(meter.older) <= 2 * MAX_REMEMBERED  # type: ignore[attr-defined]
    assert desk.order(0.5, signal_id=number) is Allowed.ORDERS_PER_SIGNAL
    assert desk.order(1.0 + number, signal_id="new") is Allowed.DUPLICATE_ORDER


def test_the_time_of_an_order_is_the_clock_unless_it_is_given() -> None:
    desk = Desk(MaxOrderRate(1, window_seconds=10, then=None))
    assert desk.order() is Allowed.YES
    assert desk.order(now=NOW + 9) is Allowed.ORDER_RATE
    assert desk.order(now=NOW + 10) is Allowed.YES
