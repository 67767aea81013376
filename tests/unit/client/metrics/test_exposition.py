from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.utils import floatToGoString

from deskwatch.client.metrics.exposition import bound_text


@given(st.floats(allow_nan=False))
def test_a_bound_is_spelled_as_prometheus_client_spells_it(bound: float) -> None:
    assert bound_text(bound) == floatToGoString(bound)


@pytest.mark.parametrize(("bound", "text"), [(0.005, "0.005"), (1.0, "1.0"), (1e6, "1e+06"), (2.5e7, "2.5e+07")])
def test_a_bound_from_a_million_on_has_an_exponent(bound: float, text: str) -> None:
    assert bound_text(bound) == text
