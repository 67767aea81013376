"""The labels of many series as one value.

Way:     head -> [names] -> promql. While the set of series stays, the same selector gives the very same object.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import overload

from deskwatch.model import Labels


class Names(Sequence[Labels]):
    """Labels that never change, equal to nothing but themselves.

    So they can be the key of what was computed from them: comparing 600 labels costs more than most answers.
    """

    __slots__ = ("_labels",)

    def __init__(self, labels: Iterable[Labels]) -> None:
        self._labels = tuple(labels)

    def __len__(self) -> int:
        return len(self._labels)

    def __iter__(self) -> Iterator[Labels]:
        return iter(self._labels)

    @overload
    def __getitem__(self, index: int) -> Labels: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[Labels, ...]: ...

    def __getitem__(self, index: int | slice) -> Labels | tuple[Labels, ...]:
        return self._labels[index]
