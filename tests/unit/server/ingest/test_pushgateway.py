"""Groups behave as Pushgateway documents them."""

from __future__ import annotations

import pytest

from deskwatch.errors import ParseError
from deskwatch.model import Labels, Scrape
from deskwatch.server.ingest import PushGroups, parse_grouping_key

BACKUP = Labels({"job": "backup"})


def values(scrape: Scrape) -> dict[str, float]:
    return {repr(labels): value for labels, value in zip(scrape.series, scrape.values, strict=True)}


@pytest.mark.parametrize(
    ("path", "labels"),
    [
        ("job/backup", {"job": "backup"}),
        ("job/backup/instance/a", {"job": "backup", "instance": "a"}),
        ("job/titan/path@base64/L3Zhci90bXA", {"job": "titan", "path": "/var/tmp"}),
        ("job/x/name@base64/zqDPgc6_zrzOt864zrXPjc-C", {"job": "x", "name": "Προμηθεύς"}),
        ("job@base64/L3g=/a@base64/=", {"job": "/x"}),
    ],
)
def test_the_grouping_key_is_read_from_the_path(path, labels):
    """The base64 cases are the README's of Pushgateway."""
    assert dict(parse_grouping_key(path)) == labels


@pytest.mark.parametrize(
    "path",
    [
        "",
        "job",
        "job/",
        "job@base64/=",
        "instance/a",
        "job/a/b",
        "job/a/__x/b",
        "job/a/9/b",
        "job/a/b@base64/!",
        "job/a/job/b",
    ],
)
def test_what_is_no_grouping_key_is_refused(path):
    with pytest.raises(ParseError):
        parse_grouping_key(path)


def test_put_replaces_the_whole_group():
    groups = PushGroups()
    groups.push(BACKUP, b"a 1\nb 2\n", 1000, replace_group=True)
    scrape = groups.push(BACKUP, b"a 3\n", 2000, replace_group=True)
    assert values(scrape) == {'a{job="backup"}': 3.0, 'push_time_seconds{job="backup"}': 2.0}


def test_post_replaces_metrics_of_the_same_name_only():
    groups = PushGroups()
    groups.push(BACKUP, b'a{x="1"} 1\na{x="2"} 2\nb 2\n', 1000, replace_group=True)
    scrape = groups.push(BACKUP, b'a{x="3"} 3\n', 2000, replace_group=False)
    assert values(scrape) == {
        'a{job="backup", x="3"}': 3.0,
        'b{job="backup"}': 2.0,
        'push_time_seconds{job="backup"}': 2.0,
    }


def test_labels_of_the_group_win_over_those_in_the_body():
    scrape = PushGroups().push(BACKUP, b'a{job="evil",x="1"} 1\n', 0, replace_group=True)
    assert 'a{job="backup", x="1"}' in values(scrape)


def test_labels_of_the_server_win_over_what_a_client_claims():
    groups = PushGroups({"bot": "mine"})
    scrape = groups.push(BACKUP.with_(bot="yours"), b"a 1\n", 0, replace_group=True)
    assert 'a{bot="mine", job="backup"}' in values(scrape)


def test_a_push_that_cannot_be_read_leaves_the_group_as_it_was():
    groups = PushGroups()
    groups.push(BACKUP, b"a 1\n", 1000, replace_group=True)
    with pytest.raises(ParseError):
        groups.push(BACKUP, b"<html>", 2000, replace_group=True)
    (scrape,) = groups.scrapes(3000)
    assert values(scrape) == {'a{job="backup"}': 1.0, 'push_time_seconds{job="backup"}': 1.0}


def test_a_deleted_group_ends_its_series():
    groups = PushGroups()
    pushed = groups.push(BACKUP, b"a 1\n", 1000, replace_group=True)
    assert groups.delete(BACKUP, 2000) == Scrape(pushed.source, 2000, (), ())
    assert list(groups.scrapes(3000)) == []
    assert groups.delete(BACKUP, 4000) is None


def test_series_is_the_same_tuple_while_a_job_pushes_the_same():
    groups = PushGroups()
    first = groups.push(BACKUP, b"a 1\n", 1000, replace_group=True)
    assert groups.push(BACKUP, b"a 2\n", 2000, replace_group=True).series is first.series
