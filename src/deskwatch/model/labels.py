"""The names of a series or an alert: an immutable, sorted, hashable set of labels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

METRIC_NAME: Final = "__name__"

# FNV-1a, 64 bit: http://www.isthe.com/chongo/tech/comp/fnv/#FNV-param
_FNV_OFFSET: Final = 0xCBF29CE484222325
_FNV_PRIME: Final = 0x100000001B3
_SEPARATOR: Final = b"\xff"  # no byte of UTF-8, so names and values cannot run together


class Labels(Mapping[str, str]):
    """Labels of one series, sorted by name.

    Args:
        pairs: A mapping, or pairs in any order. An empty value means that the label is absent, as in
            Prometheus.
    """

    __slots__ = ("_dict", "_hash", "_pairs")

    def __init__(self, pairs: Mapping[str, str] | tuple[tuple[str, str], ...] = ()) -> None:
        items = pairs.items() if isinstance(pairs, Mapping) else pairs
        self._dict = dict(sorted((name, value) for name, value in items if value))
        self._pairs = tuple(self._dict.items())
        self._hash = hash(self._pairs)

    def __getitem__(self, name: str) -> str:
        return self._dict[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._dict)

    def __len__(self) -> int:
        return len(self._dict)

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Labels):
            return self._hash == other._hash and self._pairs == other._pairs
        return NotImplemented

    def __lt__(self, other: Labels) -> bool:
        return self._pairs < other._pairs

    def __repr__(self) -> str:
        inner = ", ".join(f'{name}="{value}"' for name, value in self._pairs if name != METRIC_NAME)
        return f"{self.name}{{{inner}}}"

    @property
    def name(self) -> str:
        """The metric name, empty when there is none."""
        return self._dict.get(METRIC_NAME, "")

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """The labels as sorted pairs."""
        return self._pairs

    def with_(self, **labels: str) -> Labels:
        """Return these labels with some set; an empty value removes one."""
        return Labels({**self._dict, **labels})

    def merged(self, labels: Mapping[str, str]) -> Labels:
        """Return these labels with those of ``labels`` laid over them."""
        return Labels({**self._dict, **labels})

    def without(self, *names: str) -> Labels:
        """Return these labels less those named."""
        return Labels({name: value for name, value in self._pairs if name not in names})

    def only(self, *names: str) -> Labels:
        """Return only the labels named."""
        return Labels({name: value for name, value in self._pairs if name in names})

    def fingerprint(self) -> str:
        """Return Alertmanager's fingerprint of the labels: 16 hexadecimal digits.

        Source: https://github.com/prometheus/common/blob/main/model/signature.go (labelSetToFingerprint)
        """
        digest = _FNV_OFFSET
        for name, value in self._pairs:
            for byte in name.encode() + _SEPARATOR + value.encode("utf-8", "surrogatepass") + _SEPARATOR:
                digest = ((digest ^ byte) * _FNV_PRIME) & 0xFFFFFFFFFFFFFFFF
        return f"{digest:016x}"
