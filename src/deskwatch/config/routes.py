"""The routing tree with everything filled in that a child has from its parent.

Way:     settings -> [routes] -> alerting.dispatch, through wiring.
Source:  https://prometheus.io/docs/alerting/latest/configuration/#route
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeVar

from deskwatch.config.settings import HOUR_MS, MINUTE_MS, SECOND_MS, AlertingSettings, RouteSettings
from deskwatch.model import Matcher

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Route:
    """One route, complete.

    Attributes:
        receiver: Who is told.
        matchers: Which alerts take this way.
        group_by: Labels whose alerts share a message; ``("...",)`` is all labels.
        group_wait_ms: Before the first message of a group.
        group_interval_ms: Before a message about a change.
        repeat_interval_ms: Before the same is said again.
        continue_: Whether the next sibling is tried as well.
        routes: Ways within this one.
    """

    receiver: str
    matchers: tuple[Matcher, ...] = ()
    group_by: tuple[str, ...] = ()
    # https://github.com/prometheus/alertmanager/blob/main/dispatch/route.go (DefaultRouteOpts)
    group_wait_ms: int = 30 * SECOND_MS
    group_interval_ms: int = 5 * MINUTE_MS
    repeat_interval_ms: int = 4 * HOUR_MS
    continue_: bool = False
    routes: tuple[Route, ...] = ()


def route_tree(alerting: AlertingSettings) -> Route:
    """Return the root with all below it."""
    return _complete(alerting.route, Route(receiver=""))


def _complete(route: RouteSettings, parent: Route) -> Route:
    node = Route(
        receiver=route.receiver or parent.receiver,
        matchers=tuple(matcher for entry in route.matchers for matcher in entry),
        group_by=_own(route.group_by, parent.group_by),
        group_wait_ms=_own(route.group_wait_ms, parent.group_wait_ms),
        group_interval_ms=_own(route.group_interval_ms, parent.group_interval_ms),
        repeat_interval_ms=_own(route.repeat_interval_ms, parent.repeat_interval_ms),
        continue_=route.continue_,
        routes=(),
    )
    return replace(node, routes=tuple(_complete(child, node) for child in route.routes))


def _own(value: T | None, inherited: T) -> T:
    return inherited if value is None else value
