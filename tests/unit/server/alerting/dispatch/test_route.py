"""Routing as Alertmanager documents it: https://prometheus.io/docs/alerting/latest/configuration/#route."""

from __future__ import annotations

from deskwatch.model import Labels, Matcher, MatchOp
from deskwatch.server.alerting.dispatch import GROUP_BY_ALL, Route, Router

CRITICAL = Matcher("severity", MatchOp.EQUAL, "critical")


def reached(root: Route, **labels: str) -> list[str]:
    return [of.route.receiver for of in Router(root).groups(Labels(labels))]


def test_an_alert_that_no_child_takes_stays_with_its_parent():
    root = Route("desk", routes=(Route("night", (CRITICAL,)),))
    assert reached(root, severity="warning") == ["desk"]


def test_the_first_child_that_takes_an_alert_keeps_it():
    root = Route("desk", routes=(Route("first", (CRITICAL,)), Route("second", (CRITICAL,))))
    assert reached(root, severity="critical") == ["first"]


def test_a_child_with_continue_lets_the_next_one_see_the_alert_too():
    root = Route("desk", routes=(Route("first", (CRITICAL,), continue_=True), Route("second", (CRITICAL,))))
    assert reached(root, severity="critical") == ["first", "second"]


def test_an_alert_goes_as_deep_as_matchers_take_it():
    deep = Route("deep", (Matcher("bot", MatchOp.REGEX, "d.*"),))
    root = Route("desk", routes=(Route("night", (CRITICAL,), routes=(deep,)),))
    assert reached(root, severity="critical", bot="demo") == ["deep"]
    assert reached(root, severity="critical", bot="other") == ["night"]


def test_the_group_has_only_the_labels_of_group_by():
    (of,) = Router(Route("desk", group_by=("alertname", "absent"))).groups(Labels({"alertname": "A", "bot": "b"}))
    assert of.labels == Labels({"alertname": "A"})


def test_three_dots_group_by_every_label():
    (of,) = Router(Route("desk", group_by=(GROUP_BY_ALL,))).groups(Labels({"alertname": "A", "bot": "b"}))
    assert of.labels == Labels({"alertname": "A", "bot": "b"})


def test_quotes_in_a_label_cannot_make_two_groups_one():
    router = Router(Route("desk", group_by=("a", "b")))
    (one,) = router.groups(Labels({"a": 'x", b="y'}))
    (two,) = router.groups(Labels({"a": "x", "b": "y"}))
    assert one.id != two.id


def test_receivers_names_every_node_of_the_tree():
    assert Router(Route("desk", routes=(Route("night", routes=(Route("deep"),)),))).receivers() == {
        "desk",
        "night",
        "deep",
    }
