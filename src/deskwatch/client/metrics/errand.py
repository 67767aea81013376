"""Run Python code from a finaliser, and lose nothing that a signal handler raises meanwhile.

An exception cannot leave a finaliser: CPython prints it and goes on. So a Ctrl-C that came while a finaliser ran would
be swallowed. Here the code runs in a generator that waits inside a ``try``: whatever is raised from its first
instruction on is caught, and when the generator waits again, the signal is raised again. The bot's own code meets it in
the line that recorded.

Threads: any number at once. A finaliser takes an idle generator and gives it back by calls that run no bytecode, so two
         threads never meet in one.
"""

from __future__ import annotations

import _thread
import signal
from collections.abc import Callable, Generator, Sequence
from functools import partial
from operator import call
from traceback import walk_tb
from types import FunctionType, MethodType
from typing import Any, Final

SPARE: Final = 8
"""Idle generators kept ready; so many threads would have to be stopped at one single instruction to find none."""

_Worker = Generator[Any, Any, None]

_due: list[Callable[[], object]] = []
_idle: list[_Worker] = []
_again: list[int] = []


def in_a_row(steps: Sequence[Callable[[], object]]) -> Callable[[], object]:
    """Return a call that makes all these calls, none of which returns anything true, without running bytecode."""
    return map(any, iter(partial(map, call, steps), None)).__next__


_run: Final = map(_idle.append, map(next, iter(_idle.pop, None))).__next__
_raise_all: Final = map(any, iter(partial(map, _thread.interrupt_main, _again), None)).__next__
_raise_again: Final = in_a_row([_raise_all, _again.clear])


def errand(work: Callable[[], object]) -> list[Callable[[], object]]:
    """Return the calls for a finaliser to make, one after the other, which have the work done.

    Args:
        work: What is to be done; it may be done once more than asked for, and in another thread.
    """
    if not _idle:
        _add_workers()
    return [partial(_due.append, work), _run, _raise_again]


def _add_workers() -> None:
    while len(_idle) < SPARE:
        worker = _worker()
        next(worker)
        worker.send(worker)
        _idle.append(worker)


def _worker() -> _Worker:
    me = yield None
    while True:
        try:
            while True:  # within the try: a signal may come at the jump back, too
                yield me
                if len(_idle) < SPARE:
                    _add_workers()
                while _due:
                    _due.pop()()
        except GeneratorExit:
            return
        except IndexError:
            continue  # another took the last
        except BaseException as error:  # noqa: BLE001  (the work raises nothing: this is a signal handler's)
            _again.extend(signals_of(error))


def signals_of(error: BaseException) -> list[int]:
    """Return the signal whose handler raised the error, or nothing.

    It is handled a second time: there is no other way to bring the exception to where it belongs.
    """
    seen = {frame.f_code for frame, _ in walk_tb(error.__traceback__)}
    for number in signal.valid_signals():
        handler = signal.getsignal(number)
        function = handler.__func__ if isinstance(handler, MethodType) else handler
        if isinstance(function, FunctionType) and function.__code__ in seen:
            return [number]
    return [signal.SIGINT] if isinstance(error, KeyboardInterrupt) else []  # Python's own handler has no frame
