"""Parameters of Prometheus's API: from the query string or a form, in the forms that its documentation gives."""

from __future__ import annotations

import pytest

from deskwatch.errors import QueryError
from deskwatch.model import Matcher, MatchOp
from deskwatch.server.api.params import Params


def params(**values: str) -> Params:
    return Params({name.replace("match", "match[]"): [value] for name, value in values.items()})


@pytest.mark.parametrize(
    ("text", "time_ms"),
    [
        ("1435781430.781", 1435781430781),
        ("1435781430", 1435781430000),
        ("2015-07-01T20:10:30.781Z", 1435781430781),
        ("2015-07-01T22:10:30.781+02:00", 1435781430781),
    ],
)
def test_a_time_is_unix_seconds_or_rfc_3339(text: str, time_ms: int) -> None:
    assert params(time=text).time_ms("time") == time_ms


def test_a_time_that_is_left_out_is_now() -> None:
    assert params().time_ms("time", 42) == 42


@pytest.mark.parametrize(("text", "step_ms"), [("15", 15_000), ("0.5", 500), ("15s", 15_000), ("1h30m", 5_400_000)])
def test_a_step_is_seconds_or_a_duration(text: str, step_ms: int) -> None:
    assert params(step=text).step_ms() == step_ms


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("time", "yesterday", "must be Unix seconds or a time such as 2022-01-05T18:00:00Z, was 'yesterday'"),
        ("time", "nan", "was 'nan'"),
        ("step", "0", "must be more than zero"),
        ("step", "15x", "must be seconds such as 15"),
    ],
)
def test_what_cannot_be_read_is_refused_with_what_would_be_right(name: str, text: str, says: str) -> None:
    with pytest.raises(QueryError, match=f'invalid parameter "{name}".*{says}'):
        params(**{name: text}).time_ms(name) if name == "time" else params(**{name: text}).step_ms()


def test_a_selector_becomes_matchers_and_an_expression_is_refused() -> None:
    (matchers,) = params(match='up{job=~"a.*"}').selectors(required=True)
    assert set(matchers) == {Matcher("__name__", MatchOp.EQUAL, "up"), Matcher("job", MatchOp.REGEX, "a.*")}
    with pytest.raises(QueryError, match="must be a selector such as"):
        params(match="sum(up)").selectors(required=True)
    with pytest.raises(QueryError, match="must be given at least once"):
        params().selectors(required=True)
