from __future__ import annotations

import pytest

from deskwatch.client.logs import Rotation

DAY = 86_400.0


def test_a_file_is_due_before_it_grows_beyond_the_limit() -> None:
    rotation = Rotation(max_bytes=100)
    assert not rotation.is_due(60, 40, 0.0, 0.0)
    assert rotation.is_due(60, 41, 0.0, 0.0)


def test_an_empty_file_is_never_due() -> None:
    assert not Rotation(max_bytes=100).is_due(0, 1000, 0.0, 9 * DAY)


def test_a_file_is_due_with_the_first_line_of_a_new_day_in_utc() -> None:
    assert not Rotation().is_due(1, 1, 5 * DAY, 6 * DAY - 1)
    assert Rotation().is_due(1, 1, 6 * DAY - 1, 6 * DAY)
    assert not Rotation(daily=False).is_due(1, 1, 6 * DAY - 1, 6 * DAY)
    assert not Rotation().is_due(1, 1, 6 * DAY, 6 * DAY - 1)  # the clock went back


@pytest.mark.parametrize("wrong", [{"max_bytes": 0}, {"max_files": 0}, {"max_age_days": 0}])
def test_a_limit_below_one_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="must be 1 or more, was 0"):
        Rotation(**wrong)  # type: ignore[arg-type]
