"""What a dialect is made of."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from deskwatch.catalog.metric import Metric

_NONE: Final[Mapping[str, str]] = MappingProxyType({})


class Row(NamedTuple):
    """One metric of a dialect, and which metric of the catalogue feeds it.

    Several rows may have the same source, or the same target.

    Attributes:
        target: The metric that is exposed. ``{currency}`` in its name is the account's currency, in small letters.
        source: The metric of the catalogue that the recorders record on.
        where: Only series of the source with these label values count; a tuple is any of them.
        labels: A target's label to the source's; one that is not named here has the same name in both. Labels of the
            source that the target does not have are left out: counts add up, of gauges the newest stands.
        constants: Labels of the target with a fixed value.
        factor: The target is the source times this: 1000 for milliseconds, 100 for percent.
        per: ... and divided by this: 1,000,000 for megabytes.
    """

    target: Metric
    source: Metric
    where: Mapping[str, str | tuple[str, ...]] = _NONE
    labels: Mapping[str, str] = _NONE
    constants: Mapping[str, str] = _NONE
    factor: float = 1.0
    per: float = 1.0
