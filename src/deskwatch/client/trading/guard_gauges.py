"""Show a guard as series: its state, its limits and their values, what it tripped on, refused and was commanded.

Way:     a scrape → account → [guard_gauges]: guard → gauges, and counters that are brought up to what it counted.
Threads: the scrape's.
"""

from __future__ import annotations

from typing import Final

from deskwatch.catalog.metrics import guard as metrics
from deskwatch.client.figure import Figures
from deskwatch.client.guard import Guard, GuardState
from deskwatch.client.link import Link
from deskwatch.client.metrics import Counter, Registry
from deskwatch.client.metrics.cell import Tally

SWITCHES: Final = {
    "max_day_loss": "pnl",
    "max_loss": "pnl",
    "min_probabilistic_sharpe": "psr",
    "max_drawdown": "drawdown",
}
"""The limit that stands behind a kill switch; the switches are those of algo_trade."""


class GuardGauges:
    """The series of one guard, all there from the start.

    Args:
        registry: Where its metrics are declared; their names are the same in every dialect.
        guard: What is shown, under the strategy that it speaks for.
    """

    def __init__(self, registry: Registry, guard: Guard) -> None:
        self._guard = guard
        strategy = guard.strategy
        self._state = registry.family(metrics.GUARD_STATE).labels(strategy)
        self._epoch = registry.family(metrics.GUARD_EPOCH).labels(strategy)
        limits, values = registry.family(metrics.GUARD_LIMIT), registry.family(metrics.GUARD_VALUE)
        self._values = {}
        for watch in guard.watches:
            name = watch.limit.name
            limits.labels(strategy, name).set(watch.limit.threshold)
            self._values[name] = values.labels(strategy, name)
        trips, refusals = registry.family(metrics.GUARD_TRIPS), registry.family(metrics.GUARD_REFUSALS)
        self._counted: list[tuple[Tally, Counter]] = [
            *((tally, trips.labels(strategy, name)) for name, tally in guard.counts.trips.items()),
            *((tally, refusals.labels(strategy, reason)) for reason, tally in guard.counts.refusals.items()),
            *_commands(registry, guard),
        ]

    def show(self) -> None:
        """Set the series from the guard."""
        guard = self._guard
        for watch in guard.watches:
            self._values[watch.limit.name].set(watch.value)
        self._state.set(guard.state.severity)
        self._epoch.set(guard.epoch)
        for tally, counter in self._counted:
            counter.inc(float(tally.read() - counter.read()))


def show_switches(guard: Guard, switches: Figures) -> None:
    """Show the kill switches that the guard's limits are: on while the guard is latched by one of them."""
    latched = guard.latched
    on = SWITCHES.get(latched.limit) if latched.state is not GuardState.ACTIVE else None
    for switch in {SWITCHES[name] for name in guard.counts.trips if name in SWITCHES}:
        switches.show(switch, 1.0 if switch == on else 0.0)


def _commands(registry: Registry, guard: Guard) -> list[tuple[Tally, Counter]]:
    commands = registry.family(metrics.GUARD_COMMANDS)
    obedience = guard.link.obedience if isinstance(guard.link, Link) else None
    return [] if obedience is None else [(tally, commands.labels(one)) for one, tally in obedience.results.items()]
