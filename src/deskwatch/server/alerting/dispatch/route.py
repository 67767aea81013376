"""The tree of routes: which receivers an alert reaches, and with which other alerts it is grouped.

Source:  https://prometheus.io/docs/alerting/latest/configuration/#route
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from deskwatch.config import Route
from deskwatch.model import Labels, Matcher, MatchOp
from deskwatch.server.matching import compile_matchers
from deskwatch.server.storage.state import GroupId

GROUP_BY_ALL: Final = "..."
"""In ``group_by``: by every label, so that no two alerts are grouped."""


@dataclass(frozen=True, slots=True)
class GroupOf:
    """The group that an alert falls into on one route.

    Attributes:
        id: What tells the group apart.
        route: The route.
        labels: The group's labels.
    """

    id: GroupId
    route: Route
    labels: Labels


@dataclass(frozen=True, slots=True)
class _Node:
    route: Route
    key: str
    takes: Callable[[Mapping[str, str]], bool]
    children: tuple[_Node, ...]


class Router:
    """Finds the groups of an alert.

    Args:
        root: The tree.
    """

    def __init__(self, root: Route) -> None:
        self._root = _node(root, "{}")

    def groups(self, labels: Labels) -> list[GroupOf]:
        """Return the groups that an alert with these labels falls into; there is always one."""
        return [_group(node, labels) for node in _matching(self._root, labels)]

    def receivers(self) -> set[str]:
        """Return every receiver that the tree names."""
        return {node.route.receiver for node in _walk(self._root)}


def _node(route: Route, key: str) -> _Node:
    children = tuple(_node(child, f"{key}/{_matchers_text(child)}") for child in route.routes)
    return _Node(route, key, compile_matchers(route.matchers), children)


def _walk(node: _Node) -> Iterator[_Node]:
    yield node
    for child in node.children:
        yield from _walk(child)


def _matching(node: _Node, labels: Labels) -> list[_Node]:
    if not node.takes(labels):
        return []
    found: list[_Node] = []
    for child in node.children:
        deeper = _matching(child, labels)
        found += deeper
        if deeper and not child.route.continue_:
            break
    return found or [node]


def _group(node: _Node, labels: Labels) -> GroupOf:
    by = node.route.group_by
    own = labels if GROUP_BY_ALL in by else labels.only(*by)
    return GroupOf(GroupId(f"{node.key}:{_labels_text(own)}", node.route.receiver), node.route, own)


def _matchers_text(route: Route) -> str:
    return "{" + ",".join(str(matcher) for matcher in sorted(route.matchers, key=lambda m: m.name)) + "}"


def _labels_text(labels: Labels) -> str:
    # As Alertmanager writes a group's labels: like matchers, so they are escaped in the same way.
    return "{" + ", ".join(str(Matcher(name, MatchOp.EQUAL, value)) for name, value in labels.pairs) + "}"
