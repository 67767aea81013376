"""Run the tests of one file.

Way:     [run]: each group of tests has a store, an engine and a rule manager of its own, on a manual clock.
Source:  how promtool does it: every evaluation_interval all groups once, in order; an alert test looks at the
         evaluation at or before its time; expressions are asked at the end.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from glob import glob
from pathlib import Path
from typing import Final

from prometheus_client import CollectorRegistry

from deskwatch.config.rule_test_file import AlertCase, ExprCase, RuleTestFile, TestGroup, read_rule_test_file
from deskwatch.errors import ConfigError, ConfigFileError, DeskwatchError
from deskwatch.model import Alert, AlertState, Labels, Scrape, format_duration_ms
from deskwatch.server.promql import Engine, Limits, metric_names
from deskwatch.server.rules import Expander, RuleGroup, RuleManager, instant_query, load_rule_file
from deskwatch.server.rules.status import Rule
from deskwatch.server.ruletest.notation import parse_series, parse_values, series_text
from deskwatch.testing import ManualClock, MemoryStorage

MAX_EVALUATIONS: Final = 1_000_000
"""Of one group of tests: two years at a minute."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A test that did not come out.

    Attributes:
        test: The name of its group, empty when it has none.
        subject: The alert or the expression.
        time: When, since the start of the test.
        expected: What the file says.
        got: What the rules made.
    """

    test: str
    subject: str
    time: str
    expected: str
    got: str

    def __str__(self) -> str:
        name = f"name: {self.test},\n" if self.test else ""
        return f"{name}{self.subject}, time: {self.time},\n    exp: {self.expected}\n    got: {self.got}"


async def run_test_file(path: Path, wanted: Callable[[str], bool] = lambda _name: True) -> list[Difference]:
    """Return what came out otherwise than the file says.

    Args:
        path: The test file; its rule files are found from its folder.
        wanted: Says by its name whether a group of tests is run.

    Raises:
        ConfigFileError: The test file or a rule file cannot be used.
    """
    file, document = read_rule_test_file(path)
    groups = _ordered(_rule_groups(file, path), file.group_eval_order)
    found: list[Difference] = []
    for index, test in enumerate(file.tests):
        if wanted(test.name):
            try:
                found += await _Run(file, test, groups).differences()
            except DeskwatchError as error:
                line = document.line_of(("tests", index))
                raise ConfigFileError([ConfigError(str(error), file=path, line=line, key=f"tests[{index}]")]) from None
    return found


def _rule_groups(file: RuleTestFile, path: Path) -> list[RuleGroup]:
    groups: list[RuleGroup] = []
    for pattern in file.rule_files:
        files = sorted(glob(str(path.parent / pattern)))  # noqa: PTH207  (an absolute pattern is allowed)
        if not files:
            raise ConfigFileError([ConfigError(f"no file matches {pattern!r}", file=path, key="rule_files")])
        for name in files:
            groups += load_rule_file(Path(name), file.evaluation_interval_ms)
    return groups


def _ordered(groups: Sequence[RuleGroup], order: Sequence[str]) -> list[RuleGroup]:
    place = {name: number for number, name in enumerate(order)}
    return sorted(groups, key=lambda group: place.get(group.name, 0))


class _Run:
    def __init__(self, file: RuleTestFile, test: TestGroup, groups: Sequence[RuleGroup]) -> None:
        self._test = test
        self._step_ms = file.evaluation_interval_ms
        self._fuzzy = file.fuzzy_compare
        self._rules = [rule for group in groups for rule in group.rules]
        self._clock = ManualClock(test.start_ms)
        self._store = MemoryStorage(self._clock)
        limits = Limits(timeout_seconds=60.0, subquery_step_ms=self._step_ms)
        self._engine = Engine(self._store, limits=limits)
        self._manager = RuleManager(
            groups,
            query=instant_query(self._engine),
            reads=metric_names,
            appender=self._store,
            sink=self,
            clock=self._clock,
            expander=Expander(test.external_labels),
            registry=CollectorRegistry(),
        )
        self._samples = self._input(test.interval_ms or self._step_ms)

    async def publish(self, changed: Sequence[Alert], now_ms: int) -> None:
        """Take the alerts; nobody is told."""

    async def differences(self) -> list[Difference]:
        """Return what came out otherwise than expected."""
        cases = sorted(self._test.alert_rule_test, key=lambda case: case.eval_time_ms)
        ends = [case.eval_time_ms for case in cases]
        ends += [case.eval_time_ms for case in self._test.promql_expr_test]
        last_ms = max(ends, default=0)
        if last_ms // self._step_ms > MAX_EVALUATIONS:
            raise ConfigError(f"at most {MAX_EVALUATIONS} evaluations are run; eval_time goes beyond")
        found: list[Difference] = []
        for at_ms in range(0, last_ms + 1, self._step_ms):
            self._load(at_ms)
            failed = await self._evaluate(at_ms)
            if failed:
                return [*found, *failed]
            due = [case for case in cases if at_ms <= case.eval_time_ms < at_ms + self._step_ms]
            found += [difference for case in due for difference in self._judge(case)]
            self._clock.advance(self._step_ms / 1000)
        self._load(last_ms)
        return found + [difference for case in self._test.promql_expr_test for difference in self._ask(case)]

    def _input(self, interval_ms: int) -> list[tuple[int, Scrape]]:
        """Return every sample with its time since the start, latest first."""
        samples = []
        for number, one in enumerate(self._test.input_series):
            labels = (parse_series(one.series),)
            for index, value in enumerate(parse_values(one.values)):
                if value is not None:
                    at_ms = index * interval_ms
                    samples.append((at_ms, Scrape(f"input:{number}", self._test.start_ms + at_ms, labels, [value])))
        return sorted(samples, key=lambda sample: sample[0], reverse=True)

    def _load(self, until_ms: int) -> None:
        while self._samples and self._samples[-1][0] <= until_ms:
            self._store.append(self._samples.pop()[1])

    async def _evaluate(self, at_ms: int) -> list[Difference]:
        await self._manager.evaluate(self._rules)
        return [self._failed(rule, at_ms) for rule in self._rules if self._manager.status(rule).health == "err"]

    def _failed(self, rule: Rule, at_ms: int) -> Difference:
        error = self._manager.status(rule).last_error
        return Difference(self._test.name, f"rule: {rule.name}", _time(at_ms), "an evaluation", f"error: {error}")

    def _judge(self, case: AlertCase) -> Iterator[Difference]:
        rules = [rule for rule in self._rules if getattr(rule, "alert", None) == case.alertname]
        alerts = [alert for rule in rules for alert in self._manager.status(rule).alerts]
        got = sorted(_alert(alert.labels, alert.annotations) for alert in alerts if alert.state is AlertState.FIRING)
        expected = sorted(
            _alert({**one.exp_labels, "alertname": case.alertname}, one.exp_annotations)
            for one in case.exp_alerts or ()
        )
        if got != expected:
            subject, time = f"alertname: {case.alertname}", _time(case.eval_time_ms)
            yield Difference(self._test.name, subject, time, _listed(expected), _listed(got))

    def _ask(self, case: ExprCase) -> Iterator[Difference]:
        subject, time = f"expr: {case.expr!r}", _time(case.eval_time_ms)
        if any(sample.histogram is not None for sample in case.exp_samples or ()):
            yield Difference(
                self._test.name, subject, time, "a native histogram", "native histograms are not supported"
            )
            return
        try:
            seen = instant_query(self._engine)(case.expr, self._test.start_ms + case.eval_time_ms)
            expected = {parse_series(one.labels): one.value for one in case.exp_samples or ()}
        except DeskwatchError as error:
            yield Difference(self._test.name, subject, time, "an answer", f"error: {error}")
            return
        got = {one.labels: one.value for one in seen}
        if got.keys() != expected.keys() or not all(self._same(got[key], expected[key]) for key in got):
            yield Difference(self._test.name, subject, time, _samples(expected), _samples(got))

    def _same(self, got: float, expected: float) -> bool:
        if got == expected:  # NaN equals nothing, as promtool has it
            return True
        return self._fuzzy and abs(got - expected) <= math.ulp(max(abs(got), abs(expected)))


def _alert(labels: Labels | dict[str, str], annotations: object) -> str:
    noted = Labels(dict(annotations))  # type: ignore[call-overload]
    return f"{series_text(Labels(dict(labels)))} with {series_text(noted)}"


def _listed(lines: Sequence[str]) -> str:
    return "[]" if not lines else "".join(f"\n        {number}: {line}" for number, line in enumerate(lines))


def _samples(samples: dict[Labels, float]) -> str:
    return ", ".join(f"{series_text(labels)} {value!r}" for labels, value in sorted(samples.items())) or "nil"


def _time(at_ms: int) -> str:
    return format_duration_ms(at_ms)
