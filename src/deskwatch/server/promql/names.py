"""What follows from the labels of many series alone, so that it need not be found at every evaluation.

Rules ask the same selectors over and over. While the set of series stays, the store gives the very same Names, and
grouping, matching and dropping the metric name are then a look-up, not a walk over every label.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache, update_wrapper
from typing import Final, TypeVar, TypeVarTuple

import numpy as np
import numpy.typing as npt

from deskwatch.model import METRIC_NAME, Labels
from deskwatch.server.storage.samples import Names

Positions = npt.NDArray[np.intp]
Answer = TypeVar("Answer")
Args = TypeVarTuple("Args")

MAX_REMEMBERED: Final = 512  # a few hundred rules and panels, each with one or two steps of a kind


def remembered(compute: Callable[[Sequence[Labels], *Args], Answer]) -> Callable[[Sequence[Labels], *Args], Answer]:
    """Keep the answers for Names; labels in any other sequence will hardly come back, and are not kept."""
    kept = lru_cache(maxsize=MAX_REMEMBERED)(compute)

    def answer(labels: Sequence[Labels], *args: *Args) -> Answer:
        return kept(labels, *args) if isinstance(labels, Names) else compute(labels, *args)

    return update_wrapper(answer, compute)


@dataclass(frozen=True, slots=True)
class Grouping:
    """Rows sorted by group.

    Attributes:
        labels: One a group.
        rows: The rows, group after group.
        start: Where each group starts among them.
    """

    labels: Sequence[Labels]
    rows: Positions
    start: Positions


def joined(parts: Sequence[Sequence[Labels]]) -> Sequence[Labels]:
    """Return the labels of all parts; the same Names for the same Names."""
    if all(isinstance(part, Names) for part in parts):
        return _joined(tuple(parts))
    return [labels for part in parts for labels in part]


@remembered
def is_unique(labels: Sequence[Labels]) -> bool:
    """Say whether no two series have the same labels."""
    return len(set(labels)) == len(labels)


@remembered
def nameless(labels: Sequence[Labels]) -> Sequence[Labels]:
    """Return the labels without the metric name."""
    return _alike(labels, map(_drop_name, labels))


@remembered
def keys(labels: Sequence[Labels], names: tuple[str, ...], without: bool) -> Sequence[Labels]:
    """Return the labels that ``by``/``on`` keep, or that ``without``/``ignoring`` leave."""
    return _alike(labels, (group_key(one, names, without) for one in labels))


@remembered
def grouping(labels: Sequence[Labels], names: tuple[str, ...], without: bool) -> Grouping:
    """Group the series by what :func:`keys` gives."""
    numbers: dict[Labels, int] = {}
    group_of = np.array([numbers.setdefault(key, len(numbers)) for key in keys(labels, names, without)])
    rows = np.argsort(group_of, kind="stable")
    start = np.searchsorted(group_of[rows], np.arange(len(numbers)))
    return Grouping(_alike(labels, numbers), rows, start)


@lru_cache(maxsize=65_536)
def group_key(labels: Labels, names: tuple[str, ...], without: bool) -> Labels:
    """Return what :func:`keys` gives for one series."""
    return labels.without(METRIC_NAME, *names) if without else labels.only(*names)


@lru_cache(maxsize=65_536)
def _drop_name(labels: Labels) -> Labels:
    return labels.without(METRIC_NAME)


@lru_cache(maxsize=MAX_REMEMBERED)
def _joined(parts: tuple[Sequence[Labels], ...]) -> Names:
    return Names(labels for part in parts for labels in part)


def _alike(labels: Sequence[Labels], result: Iterable[Labels]) -> Sequence[Labels]:
    """Return Names for Names, so that what is computed from the result is remembered as well."""
    return Names(result) if isinstance(labels, Names) else list(result)
