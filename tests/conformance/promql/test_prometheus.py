"""Answer for answer what the real Prometheus answers."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from deskwatch.errors import DeskwatchError
from deskwatch.server.promql import Engine, to_prometheus_json

pytestmark = pytest.mark.real

START_MS = 1_700_000_000_000
AT_MS = START_MS + 150 * 15_000 + 333
RANGE_MS = (START_MS + 20 * 15_000, START_MS + 155 * 15_000, 47_000)

RELATIVE = 1e-12

LOOSER = {
    "deriv": 1e-9,  # Prometheus sums x*y and x*x about a far origin; ours are taken about the mean
    "predict_linear": 1e-9,  # the same regression
    "stddev": 1e-11,  # Prometheus runs Welford's recurrence, ours takes the mean first
    "stdvar": 1e-11,
    "sin(": 1e-11,  # Go's own trigonometry against the C library's, at large arguments
    "cos(": 1e-11,
    "tan(": 1e-11,
}
"""By how much an expression with this text may differ, and why."""

EXPRESSIONS = """
equity
equity{job="bot"}
equity{job!="bot"}
equity{instance=~"a|c"}
equity{instance!~"a.*"}
equity{instance=""}
{__name__=~"equity|limit", job="bot"}
{__name__="owner"}
equity offset 3m
equity offset -3m
equity @ 1700000900
equity @ 1700000900.5 offset 30s
equity @ start()
equity @ end() offset 1m
nothing_here
odd
-odd
1
-2.5
1 + 2 * 3 ^ 2 % 5
2 ^ 3 ^ 2
1 > bool 2
1 / 0
0 / 0
-7 % 3
3 atan2 4
time()
pi()
vector(1)
vector(time())
scalar(owner{job="bot"})
scalar(equity)
"text"
equity + 1
1 - equity
equity * equity
equity / 0
equity % 7
equity ^ 0.5
equity atan2 limit{kind="max"}
equity > 1500
equity > bool 1500
1500 < equity
1500 < bool equity
equity != 1000
odd == 2
odd != odd
odd >= bool 0
equity - ignoring(kind) limit
equity > ignoring(kind) limit
equity > bool ignoring(kind) limit
equity - on(job, instance) limit
equity > on(job, instance) limit
orders_total / errors_total
errors_total / on(job, instance) orders_total * 100
equity * on(job) group_left(team) owner
equity * on(job) group_left owner
owner * on(job) group_right(kind) limit
owner * on(job) group_right equity
equity > on(job) group_left(team) owner
owner < on(job) group_right(team) equity
equity and owner
equity and on(job) owner{team="alpha"}
equity unless on(job) owner{team="alpha"}
equity or limit
equity or on(job) owner
limit or vector(0)
equity{job="bot"} or equity
equity and ignoring(team) equity
(equity > 1500) or (equity * 2)
sum(equity)
sum by (job) (equity)
sum without (instance) (equity)
sum by (job, nothing) (equity)
sum(odd)
avg(equity)
avg by (job) (orders_total)
min(equity)
max by (instance) (equity)
count(equity)
count by (job) (errors_total)
group by (job) (equity)
stddev(equity)
stdvar by (job) (equity)
topk(2, equity)
bottomk(1, equity)
topk by (job) (1, equity)
topk(0, equity)
topk(10, equity)
quantile(0.5, equity)
quantile by (job) (0.9, equity)
quantile(-1, equity)
quantile(2, equity)
quantile(0.3, odd)
count_values("value", limit)
count_values("value", odd)
count_values by (job) ("value", owner)
sum(nothing_here)
count(nothing_here) or vector(0)
rate(orders_total[5m])
rate(orders_total[40s])
rate(orders_total[10s])
rate(errors_total[5m])
increase(orders_total[10m])
increase(errors_total[2m])
delta(equity[5m])
irate(orders_total[5m])
idelta(equity[5m])
resets(orders_total[20m])
changes(odd[5m])
changes(limit[5m])
deriv(equity[10m])
deriv(limit[10m])
predict_linear(equity[10m], 600)
predict_linear(limit[10m], 600)
predict_linear(equity[10m] offset 5m, 600)
rate(orders_total[5m] offset 10m)
rate(orders_total[5m] @ 1700001000)
rate(orders_total[5m] @ end())
rate(odd[5m])
sum_over_time(equity[5m])
avg_over_time(equity[5m])
min_over_time(equity[5m])
max_over_time(equity[5m])
min_over_time(odd[3m])
max_over_time(odd[3m])
sum_over_time(odd[1m])
count_over_time(errors_total[5m])
last_over_time(equity[1m])
last_over_time(errors_total[1m])
present_over_time(errors_total[1m])
stddev_over_time(equity[5m])
stdvar_over_time(equity[5m])
stddev_over_time(limit[5m])
quantile_over_time(0.5, equity[5m])
quantile_over_time(0.99, equity[5m])
quantile_over_time(-0.5, equity[5m])
quantile_over_time(1.5, equity[5m])
quantile_over_time(0.25, odd[3m])
absent(equity)
absent(nothing_here)
absent(nothing_here{job="x", instance=~"y"})
absent(sum(nothing_here))
absent_over_time(errors_total{instance="b"}[1m])
absent_over_time(nothing_here{job="x"}[5m])
sum by (job) (rate(orders_total[5m]))
sum(increase(errors_total[5m])) / sum(increase(orders_total[5m]))
histogram_quantile(0.5, latency_bucket)
histogram_quantile(0.95, rate(latency_bucket[5m]))
histogram_quantile(0.95, sum by (le, job) (rate(latency_bucket[5m])))
histogram_quantile(0.99, sum by (le) (rate(latency_bucket[5m])))
histogram_quantile(0, latency_bucket)
histogram_quantile(1, latency_bucket)
histogram_quantile(-1, latency_bucket)
histogram_quantile(1.1, latency_bucket)
histogram_quantile(0.5, latency_bucket{le!="+Inf"})
histogram_quantile(0.5, latency_bucket{le="+Inf"})
histogram_quantile(0.5, equity)
rate(orders_total[5m:30s])
max_over_time(rate(orders_total[2m])[10m:1m])
avg_over_time(equity[10m:])
sum_over_time(vector(1)[5m:1m])
sum_over_time(vector(time())[5m:1m])
max_over_time((equity > 1500)[10m:45s])
min_over_time(equity[5m:30s] offset 2m)
max_over_time(equity[5m:30s] @ 1700001500)
quantile_over_time(0.5, rate(orders_total[1m])[5m:30s])
count_over_time(max_over_time(equity[2m])[6m:2m])
abs(-equity)
ceil(equity)
floor(equity)
round(equity)
round(equity, 50)
round(equity, 0.1)
round(odd)
exp(equity / 1000)
ln(equity)
log2(equity)
log10(equity)
ln(odd)
sqrt(equity)
sgn(odd)
sin(equity)
cos(equity)
tan(equity)
asin(equity / 10000)
acosh(equity)
atan(equity)
sinh(equity / 1000)
deg(equity)
rad(equity)
clamp(equity, 1100, 2000)
clamp(equity, 2000, 1100)
clamp_min(equity, 1500)
clamp_max(equity, 1500)
clamp_min(odd, 1)
timestamp(equity)
timestamp(equity offset 1m)
timestamp(equity + 0)
timestamp(vector(1))
label_replace(equity, "host", "$1-$2", "job", "(b)(.*)")
label_replace(equity, "host", "${1}x$$", "job", "(.*)")
label_replace(limit, "kind", "", "job", "bot")
label_replace(equity, "name", "$first", "job", "(?P<first>.).*")
label_replace(equity, "__name__", "renamed", "job", ".*")
label_replace(equity, "host", "none", "missing", "")
label_join(equity, "both", "/", "job", "instance")
label_join(equity, "both", ",", "missing", "job")
minute()
hour()
day_of_week()
day_of_month()
day_of_year()
days_in_month()
month()
year()
year(vector(951782400))
days_in_month(vector(951782400))
day_of_year(vector(1704067199))
day_of_week(vector(-86400))
hour(equity * 100)
time() - timestamp(equity) > 5
equity{job="bot"} > 900 and on(job) owner > 0
-equity ^ 2
sum(equity) by (job) > bool 2000
equity == equity
avg_over_time(odd[5m])
(sum by (job) (equity)) / on(job) group_left sum by (job) (limit)
equity @ 1600000000
""".strip().splitlines()

SORTED = ["sort(equity)", "sort_desc(equity)", "sort(odd)", "topk(3, equity)", "bottomk(3, equity)"]

FAILING = [
    "equity * on(job) limit",
    "equity + on(job) orders_total",
    "equity * on(job) group_left limit",
    "owner * on(job) group_left(team) equity",
    'rate({__name__=~"orders_total|errors_total"}[5m])',
    'abs({__name__=~"equity|orders_total"})',
    '-{__name__=~"equity|orders_total"}',
    'label_replace(equity, "instance", "", "job", "bot")',
    'label_replace(equity, "instance", "x", "job", ".*")',
    'label_replace(equity, "x", "y", "job", "(")',
    "equity > ignoring(instance) group_left orders_total",
]

MALFORMED = [
    "equity[5m",
    "rate(equity)",
    "sum(1)",
    "1 == 2",
    "equity{",
    "foo(equity)",
    "equity and 1",
    "{}",
    "",
    "sum_over_time(time()[5m:1m])",
]


@pytest.mark.parametrize("expr", EXPRESSIONS)
def test_an_instant_query_answers_as_prometheus_does(prometheus: Any, engine: Engine, expr: str) -> None:
    theirs = prometheus.ask("query", query=expr, time=AT_MS / 1000)
    assert theirs["status"] == "success", theirs
    _assert_same(_plain(engine.query(expr, AT_MS)), theirs["data"], expr)


@pytest.mark.parametrize("expr", [expr for expr in EXPRESSIONS if expr != '"text"'])
def test_a_range_query_answers_as_prometheus_does(prometheus: Any, engine: Engine, expr: str) -> None:
    start_ms, end_ms, step_ms = RANGE_MS
    theirs = prometheus.ask("query_range", query=expr, start=start_ms / 1000, end=end_ms / 1000, step=step_ms / 1000)
    assert theirs["status"] == "success", theirs
    _assert_same(_plain(engine.query_range(expr, *RANGE_MS)), theirs["data"], expr)


@pytest.mark.parametrize("expr", SORTED)
def test_the_order_of_a_sorted_vector_is_prometheus_order(prometheus: Any, engine: Engine, expr: str) -> None:
    theirs = prometheus.ask("query", query=expr, time=AT_MS / 1000)["data"]
    ours = _plain(engine.query(expr, AT_MS))
    assert [row["metric"] for row in ours["result"]] == [row["metric"] for row in theirs["result"]]


@pytest.mark.parametrize("expr", ["equity[2m]", "odd[2m]", "equity[2m:45s]", "errors_total[1m] offset 20m"])
def test_raw_samples_of_a_range_are_those_of_prometheus(prometheus: Any, engine: Engine, expr: str) -> None:
    theirs = prometheus.ask("query", query=expr, time=AT_MS / 1000)["data"]
    _assert_same(_plain(engine.query(expr, AT_MS)), theirs, expr)


@pytest.mark.parametrize("expr", FAILING)
def test_what_prometheus_cannot_evaluate_fails_here_too(prometheus: Any, engine: Engine, expr: str) -> None:
    assert prometheus.ask("query", query=expr, time=AT_MS / 1000)["errorType"] == "execution"
    with pytest.raises(DeskwatchError):
        engine.query(expr, AT_MS)


@pytest.mark.parametrize("expr", MALFORMED)
def test_what_prometheus_cannot_parse_is_refused_here_too(prometheus: Any, engine: Engine, expr: str) -> None:
    assert prometheus.ask("query", query=expr, time=AT_MS / 1000)["errorType"] == "bad_data"
    with pytest.raises(DeskwatchError):
        engine.query(expr, AT_MS)


def _plain(result: Any) -> Any:
    return json.loads(json.dumps(to_prometheus_json(result)))


def _assert_same(ours: Any, theirs: Any, expr: str) -> None:
    relative = max([RELATIVE, *(allowed for text, allowed in LOOSER.items() if text in expr)])
    assert ours["resultType"] == theirs["resultType"]
    if ours["resultType"] in ("scalar", "string"):
        assert ours["result"][0] == theirs["result"][0]
        _assert_close([ours["result"]], [theirs["result"]], relative)
        return
    mine = {_key(row): _points(row) for row in ours["result"]}
    wanted = {_key(row): _points(row) for row in theirs["result"]}
    assert mine.keys() == wanted.keys()
    for key, points in wanted.items():
        assert [ts for ts, _ in mine[key]] == [ts for ts, _ in points]
        _assert_close(mine[key], points, relative)


def _assert_close(ours: list[Any], theirs: list[Any], relative: float) -> None:
    for (ts, mine), (_, wanted) in zip(ours, theirs, strict=True):
        if mine != wanted:  # equal text is the rule: it also compares the format of numbers
            a, b = float(mine), float(wanted)
            same = math.isclose(a, b, rel_tol=relative, abs_tol=0) or (math.isnan(a) and math.isnan(b))
            assert same, f"at {ts}: {mine} instead of {wanted}"


def _key(row: dict[str, Any]) -> str:
    return json.dumps(row["metric"], sort_keys=True)


def _points(row: dict[str, Any]) -> list[Any]:
    return row["values"] if "values" in row else [row["value"]]
