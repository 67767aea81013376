from __future__ import annotations

from deskwatch.server.ui.panels.units import Unit, unit


def test_ratio_is_shown_in_percent() -> None:
    assert unit("percentunit") == Unit(scale=100, suffix=" %")


def test_plain_numbers_take_the_currency_of_the_series() -> None:
    shown = unit("short")
    assert shown is not None
    assert shown.money


def test_ratio_never_takes_a_currency() -> None:
    shown = unit("percentunit")
    assert shown is not None
    assert not shown.money


def test_own_text_may_stand_before_or_after() -> None:
    assert unit("suffix:/min") == Unit(suffix=" /min")
    assert unit("prefix:US$") == Unit(prefix="US$")


def test_a_unit_that_is_not_known_is_none_and_not_guessed() -> None:
    assert unit("lengthkm") is None


def test_every_duration_scales_to_seconds() -> None:
    seconds = {name: unit(name) for name in ("ns", "ms", "s", "m", "h")}
    scales = {name: shown.scale for name, shown in seconds.items() if shown is not None}
    assert scales == {"ns": 1e-9, "ms": 1e-3, "s": 1.0, "m": 60, "h": 3600}
