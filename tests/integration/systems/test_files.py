"""The systems' files in this repository are the ones that deskwatch was asked to serve."""

from __future__ import annotations

import pytest

from deskwatch.catalog.dialects.names import DIALECTS
from system_files import FOLDER, SHARED, system


def test_every_dialect_has_its_file() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.yaml")) == sorted(DIALECTS)


@pytest.mark.skipif(not SHARED.exists(), reason="this clone stands alone")
@pytest.mark.parametrize("name", DIALECTS)
def test_the_file_is_word_for_word_the_shared_one(name: str) -> None:
    assert (FOLDER / f"{name}.yaml").read_bytes() == (SHARED / f"{name}.yaml").read_bytes()
    assert system(name)
