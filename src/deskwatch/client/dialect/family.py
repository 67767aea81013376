"""A metric of the catalogue as a dialect exposes it: bound to none, one or several of the dialect's own.

Threads: binding is safe from any; of two that bind the same labels at once both get children of the same series.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from deskwatch.catalog.dialects.row import Row
from deskwatch.client import untrusted
from deskwatch.client.dialect.children import IGNORED, Ignored, Scaled, joined
from deskwatch.client.metrics import DropReason, Drops
from deskwatch.client.metrics.registry import MAX_LABEL_SETS
from deskwatch.client.series import AnySeries, Labelled


class IgnoredFamily:
    """A metric that the dialect does not have."""

    __slots__ = ()

    def labels(self, *values: object, **named: object) -> Ignored:  # noqa: ARG002  (as a family takes them)
        """Return what takes everything and keeps nothing."""
        return IGNORED


class Target:
    """One metric of the dialect, fed by one of the catalogue.

    Args:
        row: Which of its series count, and how labels and unit change.
        family: Where the metric is declared.
    """

    __slots__ = ("_accepted", "_constants", "_factor", "_family", "_from", "_per")

    def __init__(self, row: Row, family: Labelled[AnySeries]) -> None:
        self._family = family
        self._accepted = {
            label: (values,) if isinstance(values, str) else tuple(values) for label, values in row.where.items()
        }
        self._constants = row.constants
        self._from = [(label, row.labels.get(label, label)) for label in row.target.labels]
        self._factor, self._per = row.factor, row.per

    def takes(self, labels: Mapping[str, str]) -> bool:
        """Say whether a series with these labels counts."""
        return all(labels[name] in accepted for name, accepted in self._accepted.items())

    def child(self, labels: Mapping[str, str]) -> AnySeries:
        """Return what a series with these labels records on."""
        values = [self._constants[name] if name in self._constants else labels[source] for name, source in self._from]
        child = self._family.labels(*values)
        return child if self._factor == self._per else Scaled(child, self._factor, self._per)


class MappedFamily:
    """A metric of the catalogue that feeds metrics of a dialect.

    Args:
        label_names: The labels of the metric of the catalogue.
        targets: The metrics of the dialect.
        drops: Counts labels that cannot be used.
    """

    __slots__ = ("_children", "_drops", "_label_names", "_targets")

    def __init__(self, label_names: tuple[str, ...], targets: Sequence[Target], drops: Drops) -> None:
        self._label_names = label_names
        self._targets = tuple(targets)
        self._drops = drops
        self._children: dict[tuple[str, ...], AnySeries] = {}

    def labels(self, *values: object, **named: object) -> AnySeries:
        """Return what to record on; wrong labels are counted, and what is recorded on them is forgotten."""
        try:
            return self._children[values]  # type: ignore[index]
        except Exception:  # noqa: BLE001  (not there yet, not named, or a hostile __hash__)
            return self._bind(values, named)

    def _bind(self, values: tuple[object, ...], named: Mapping[str, object]) -> AnySeries:
        if not values and named:
            values = tuple([named.get(name) for name in self._label_names if name in named])
        texts = [untrusted.text(value) for value in values]
        key = tuple([text for text in texts if text is not None])
        if len(key) != len(texts) or len(key) != len(self._label_names) or len(named) not in {0, len(key)}:
            self._drops.count(DropReason.LABELS)
            return IGNORED
        return self._children.get(key) or self._make(key)

    def _make(self, key: tuple[str, ...]) -> AnySeries:
        labels = dict(zip(self._label_names, key, strict=True))
        child = joined([target.child(labels) for target in self._targets if target.takes(labels)])
        # Beyond the limit nothing is remembered; the targets' own limits hold what is recorded.
        return self._children.setdefault(key, child) if len(self._children) < MAX_LABEL_SETS else child
