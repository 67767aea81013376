"""Read the Prometheus text format fast, because a target says the same series again and again.

Way:     scrape or push -> [exposition] -> storage, as one model.Scrape.
Source:  https://prometheus.io/docs/instrumenting/exposition_formats/ (0.0.4); OpenMetrics lines are read as far as
         they are alike: ``# EOF`` ends the body, exemplars are left out.
Time:    every sample has the time of the scrape. A timestamp on a line is checked and then ignored, which is
         what Prometheus does with ``honor_timestamps: false``: a scrape is one moment.
Threads: a parser belongs to one target and one thread.

The text before each value names a series. While those texts stay as they were, a scrape costs a split, a
comparison of lists and a float() a line; only new lines are read with all the rules (series_line.py).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import repeat
from typing import Final

from deskwatch.errors import ParseError, ScrapeError, ScrapeReason
from deskwatch.model import METRIC_NAME, Labels, Scrape
from deskwatch.server.ingest.limits import Limits
from deskwatch.server.ingest.series_line import parse_number, read_series_line, shown

EXPORTED_PREFIX: Final = "exported_"  # prometheus.io/docs/prometheus/latest/configuration/configuration/#honor_labels
_TYPES: Final = frozenset(
    ("counter", "gauge", "histogram", "summary", "untyped", "unknown", "info", "stateset", "gaugehistogram")
)
_TYPE_LINE: Final = re.compile(r'#[ \t]+TYPE[ \t]+([a-zA-Z_:][a-zA-Z0-9_:]*|"(?:[^"\\]|\\.)*")?(.*)')
_EOF: Final = "# EOF"

# What float() would take for space, but Prometheus does not; seldom found, so looked for once a body.
_UNUSUAL: Final = tuple(bytes([code]) for code in (0x09, 0x0B, 0x0C, 0x0D, 0x1C, 0x1D, 0x1E, 0x1F))


class Parser:
    """Reads the expositions of one target.

    Args:
        target_labels: Labels that each series gets. Where the target names the same label, its own is kept
            as ``exported_<label>``, as with ``honor_labels: false``.
        limits: How much is read at most.
        honor_labels: Whether the labels of the target win instead (for pushed metrics).

    Attributes:
        duplicates: How many samples were left out because their series had already stood in the same body.
    """

    def __init__(
        self, target_labels: Mapping[str, str], *, limits: Limits | None = None, honor_labels: bool = False
    ) -> None:
        self._target_labels = dict(target_labels)
        self._limits = limits or Limits()
        self._honor_labels = honor_labels
        self._layout: _Layout | None = None
        self._known: dict[str, Labels] = {}
        self._series: tuple[Labels, ...] = ()
        self.duplicates = 0

    def parse(self, body: bytes, ts_ms: int, source: str) -> Scrape:
        """Return what the body says; ``series`` is the same tuple as last time while the layout is unchanged.

        Args:
            body: The exposition, decompressed.
            ts_ms: The time of the scrape.
            source: Names the source in the scrape.

        Raises:
            ParseError: The body is no exposition; ``position`` is the line, from 1.
            ScrapeError: The body goes past a limit.
        """
        if len(body) > self._limits.body_bytes:
            raise ScrapeError(
                f"the body has {len(body)} bytes, at most {self._limits.body_bytes} are read",
                reason=ScrapeReason.BODY_TOO_LARGE,
            )
        lines = _decode(body).split("\n")
        values = self._read_unchanged(lines) if _is_usual(body) else None
        if values is None:
            values = self._read_all(lines)
        return Scrape(source, ts_ms, self._series, values)

    def _read_unchanged(self, lines: list[str]) -> list[float] | None:
        """Return the values if the body has the layout of the last one, else None."""
        layout = self._layout
        if layout is None or len(lines) != layout.line_count or layout.comments_of(lines) != layout.comments:
            return None
        keys, _, numbers = zip(*map(str.rpartition, layout.samples_of(lines), repeat(" ")), strict=True)
        return _fast_values(numbers) if keys == layout.keys else None

    def _read_all(self, lines: list[str]) -> list[float]:
        """Read every line with all rules, and learn the layout."""
        fresh: dict[str, Labels] = {}
        keys: dict[int, str] = {}
        found: dict[Labels, float] = {}
        open_metrics = _ends_with_eof(lines)
        self.duplicates = 0
        for number, line in _numbered(lines, stop_at_eof=open_metrics):
            try:
                key, labels, value = self._read_line(line, open_metrics=open_metrics)
            except (ParseError, ScrapeError) as error:
                raise _at_line(error, number) from None
            keys[number - 1] = key
            if key:
                fresh[key] = labels
            self._keep(found, labels, value)
        self._learn(fresh, tuple(found))
        is_plain = len(keys) > 0 and all(keys.values()) and not self.duplicates
        self._layout = _Layout(lines, keys) if is_plain else None
        return list(found.values())

    def _keep(self, found: dict[Labels, float], labels: Labels, value: float) -> None:
        if labels in found:
            self.duplicates += 1
            return
        if len(found) >= self._limits.samples:
            raise ScrapeError(
                f"the target has more than {self._limits.samples} samples", reason=ScrapeReason.SAMPLE_LIMIT
            )
        found[labels] = value

    def _read_line(self, line: str, *, open_metrics: bool) -> tuple[str, Labels, float]:
        key, _, number = line.rpartition(" ")
        labels = self._known.get(key)
        if labels is not None and "\t" not in number:
            return key, labels, parse_number(number)
        parts = read_series_line(line, open_metrics=open_metrics)
        # Only a line that is exactly "series, one space, value" may be recognised by its key.
        is_plain = parts.end == len(key) and parts.number == number
        labels = self._labels(parts.pairs)
        return key if is_plain else "", labels, parse_number(parts.number)

    def _labels(self, pairs: Sequence[tuple[str, str]]) -> Labels:
        self._check_limits(pairs)
        own = dict(pairs)
        if self._honor_labels:
            return Labels({**self._target_labels, **own})
        for name in self._target_labels:
            if name in own:
                own[_exported(name, own)] = own.pop(name)
        return Labels({**own, **self._target_labels})

    def _check_limits(self, pairs: Sequence[tuple[str, str]]) -> None:
        limits = self._limits
        if (
            len(pairs) <= limits.labels
            and sum(len(name) + len(value) for name, value in pairs) * 4 <= limits.text_bytes
        ):
            return  # 4 is the most bytes of a character in UTF-8
        name = dict(pairs)[METRIC_NAME]
        if len(pairs) - 1 > limits.labels:
            raise ScrapeError(
                f"{shown(name)} has {len(pairs) - 1} labels, at most {limits.labels} are read",
                reason=ScrapeReason.LABEL_LIMIT,
            )
        longest = max((text for pair in pairs for text in pair), key=lambda text: len(text.encode()))
        if len(longest.encode()) > limits.text_bytes:
            raise ScrapeError(
                f"{shown(name)} has a label of {len(longest.encode())} bytes, at most {limits.text_bytes} are read",
                reason=ScrapeReason.LABEL_LIMIT,
            )

    def _learn(self, fresh: dict[str, Labels], series: tuple[Labels, ...]) -> None:
        # Only this body's series are remembered, so a target that invents labels costs no memory (D5).
        self._known = fresh
        if series != self._series:
            self._series = series


class _Layout:
    """Which line of a body is what, so that the next body is taken apart without looking at each line."""

    def __init__(self, lines: list[str], keys: dict[int, str]) -> None:
        self.line_count = len(lines)
        self.keys = tuple(keys.values())
        self._samples = list(keys)
        self._others = [index for index in range(len(lines)) if index not in keys]
        self.comments = self.comments_of(lines)

    def samples_of(self, lines: list[str]) -> Iterator[str]:
        return map(lines.__getitem__, self._samples)

    def comments_of(self, lines: list[str]) -> list[str]:
        return [lines[index] for index in self._others]


def _decode(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        raise ParseError(f"line {line}: must be UTF-8, was not at byte {error.start}", position=line) from None


def _is_usual(body: bytes) -> bool:
    return body.isascii() and not any(unusual in body for unusual in _UNUSUAL)


def _fast_values(numbers: Sequence[str]) -> list[float] | None:
    """Return the values, or None when one needs the careful reading."""
    try:
        values = list(map(float, numbers))
    except ValueError:
        return None
    # float() takes 1_000, and turns 1e400 into infinity; a finite sum without '_' excludes both.
    if not math.isfinite(sum(values)) or "_" in "".join(numbers):
        return _careful_values(numbers)
    return values


def _careful_values(numbers: Sequence[str]) -> list[float] | None:
    try:
        return [parse_number(number) for number in numbers]
    except ParseError:
        return None


def _ends_with_eof(lines: list[str]) -> bool:
    last = next((line for line in reversed(lines) if line), "")
    return last == _EOF


def _numbered(lines: list[str], *, stop_at_eof: bool) -> Iterator[tuple[int, str]]:
    """Yield the sample lines with their numbers; comments are checked on the way."""
    for number, line in enumerate(lines, 1):
        text = line.lstrip(" \t")
        if not text:
            continue
        if text[0] != "#":
            yield number, line
        elif stop_at_eof and line == _EOF:
            return
        else:
            _check_comment(text, number)


def _check_comment(line: str, number: int) -> None:
    match = _TYPE_LINE.match(line)
    if match is None:
        return
    type_name = match[2].strip(" \t")
    if match[1] is None or type_name not in _TYPES:
        known = ", ".join(sorted(_TYPES))
        raise ParseError(
            f"line {number}: TYPE must name a metric and one of {known}, was {shown(line)}", position=number
        )


def _exported(name: str, own: Mapping[str, str]) -> str:
    exported = EXPORTED_PREFIX + name
    while exported in own:
        exported = EXPORTED_PREFIX + exported
    return exported


def _at_line(error: ParseError | ScrapeError, number: int) -> ParseError | ScrapeError:
    if isinstance(error, ScrapeError):
        return ScrapeError(f"line {number}: {error}", reason=error.reason)
    return ParseError(f"line {number}: {error}", position=number)
