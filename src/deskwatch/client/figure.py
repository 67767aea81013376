"""A series that is absent until there is something to show, and that the bot may tell itself.

Way:     what was worked out, or told by the bot → [figure] → gauge.
Threads: told by any, shown by the scrape's; each is one store.
"""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Final

from deskwatch.client import untrusted
from deskwatch.client.metrics import DropReason, Drops
from deskwatch.client.series import Labelled, Level

MAX_FIGURES: Final = 32
"""Windows and periods of one metric that a bot may tell: every one that people use, and an end to it."""


def set_number(drops: Drops, family: Labelled[Level], value: object, *labels: object) -> None:
    """Set a series to what the bot says; what is no number is dropped and counted, and makes no series that shows 0."""
    number = untrusted.number(value)
    if number is None:
        drops.count(DropReason.NOT_A_NUMBER)
    else:
        family.labels(*labels).set(number)


class Figure:
    """One figure.

    One that existed and no longer does is NaN, as Prometheus has 0/0: a series cannot be taken back, and the old value
    would be a lie. What the bot tells stands from then on: what is worked out here is no longer shown.

    Args:
        drops: Counts what was told and is no number.
        family: The metric.
        labels: The values of its labels.
    """

    __slots__ = ("_drops", "_family", "_gauge", "_labels", "_told")

    def __init__(self, drops: Drops, family: Labelled[Level], *labels: str) -> None:
        self._drops = drops
        self._family = family
        self._labels = labels
        self._gauge: Level | None = None
        self._told: float | None = None

    def show(self, value: float | Decimal | None) -> None:
        """Show what was worked out, unless the bot tells it; ``None`` is a figure that does not exist."""
        if self._told is not None:
            self._series().set(self._told)  # once more: this scrape may have begun before it was told
        elif self._gauge is not None or value is not None:
            self._series().set(math.nan if value is None else value)

    def tell(self, value: object) -> None:
        """Show what the bot says; ``None`` says nothing, what is no number is dropped and counted."""
        if value is None:
            return
        number = untrusted.number(value)
        if number is None:
            self._drops.count(DropReason.NOT_A_NUMBER)
            return
        self._told = number
        self._series().set(number)

    def _series(self) -> Level:
        if self._gauge is None:
            self._gauge = self._family.labels(*self._labels)
        return self._gauge


class Figures:
    """Figures of one metric that differ in its last label, such as Sharpe ratios by window.

    Args:
        drops: Counts what was told and cannot be used.
        family: The metric.
        labels: The values of its labels but the last.
    """

    __slots__ = ("_drops", "_family", "_figures", "_labels")

    def __init__(self, drops: Drops, family: Labelled[Level], *labels: str) -> None:
        self._drops = drops
        self._family = family
        self._labels = labels
        self._figures: dict[str, Figure] = {}

    def show(self, last_label: str, value: float | Decimal | None) -> None:
        """Show what was worked out; see ``Figure.show``."""
        self._figure(last_label).show(value)

    def tell(self, last_label: object, value: object) -> None:
        """Show what the bot says; beyond ``MAX_FIGURES`` labels it is dropped and counted."""
        text = untrusted.text(last_label, untrusted.MAX_NAME_CHARS)
        if not text:
            self._drops.count(DropReason.LABELS)
        elif text not in self._figures and len(self._figures) >= MAX_FIGURES:
            self._drops.count(DropReason.LABEL_SETS)
        else:
            self._figure(text).tell(value)

    def _figure(self, last_label: str) -> Figure:
        figure = self._figures.get(last_label)
        if figure is None:
            figure = self._figures.setdefault(last_label, Figure(self._drops, self._family, *self._labels, last_label))
        return figure
