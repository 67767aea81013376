"""A child route has from its parent what it does not say itself."""

from __future__ import annotations

from deskwatch.config import loads, route_tree
from deskwatch.model import Matcher, MatchOp

TEXT = """
alerting:
  route:
    receiver: desk
    group_by: [bot]
    group_interval: 10s
    routes:
      - matchers: ['severity="critical"', desk=fx]
        group_wait: 0s
        continue: true
        routes:
          - receiver: night
  receivers:
    - {name: desk, channels: [console]}
    - {name: night, channels: [console]}
"""


def test_what_is_left_out_comes_from_the_parent_and_then_from_alertmanager(tmp_path):
    root = route_tree(loads(TEXT, tmp_path / "x.yaml", {}).alerting)
    (child,) = root.routes
    (grandchild,) = child.routes
    assert (root.group_wait_ms, root.group_interval_ms, root.repeat_interval_ms) == (30_000, 10_000, 14_400_000)
    assert (child.receiver, child.group_by, child.group_wait_ms) == ("desk", ("bot",), 0)
    assert (grandchild.receiver, grandchild.group_wait_ms, grandchild.matchers) == ("night", 0, ())


def test_continue_is_not_inherited_and_matchers_are_joined(tmp_path):
    (child,) = route_tree(loads(TEXT, tmp_path / "x.yaml", {}).alerting).routes
    assert child.matchers == (
        Matcher("severity", MatchOp.EQUAL, "critical"),
        Matcher("desk", MatchOp.EQUAL, "fx"),
    )
    assert (child.continue_, child.routes[0].continue_) == (True, False)
