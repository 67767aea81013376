"""What a bot may hand over by mistake, and worse."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st


class Hostile:
    """Answers nothing."""

    def _refuse(self, *_: object) -> Any:
        raise RuntimeError("hostile")

    __str__ = __repr__ = __float__ = __int__ = __index__ = __hash__ = __eq__ = __lt__ = __bool__ = _refuse  # type: ignore[assignment]
    __add__ = __radd__ = __iadd__ = __len__ = __iter__ = __format__ = __getattr__ = _refuse


class HostileText(str):
    """A text that lies about itself."""

    __slots__ = ()

    def __getitem__(self, _: object) -> Any:
        raise RuntimeError("hostile")

    __str__ = __hash__ = __eq__ = encode = upper = lower = __getitem__  # type: ignore[assignment]


class HostileNumber(float):
    """A number that lies about itself."""

    def __float__(self) -> float:
        raise RuntimeError("hostile")

    __repr__ = __radd__ = __add__ = __lt__ = __gt__ = __le__ = __ge__ = __eq__ = __hash__ = __float__  # type: ignore[assignment]


_cycle: list[object] = []
_cycle.append(_cycle)

TEN_MEGABYTES = "x" * 10_000_000

anything: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.decimals(),
    st.text(max_size=20),
    st.binary(max_size=5),
    st.sampled_from(
        ["BUY", "SELL", "BTC", "1.5", "\ud800", TEN_MEGABYTES, "\x00", math.nan, Decimal("sNaN"), 10**5000, -1.0, 1.0]
    ),
    st.builds(Hostile),
    st.builds(HostileText, st.just("BUY")),
    st.builds(HostileNumber, st.floats()),
    st.just(_cycle),
)
