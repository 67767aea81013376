"""The blocks of the recorders' pages run as they stand; those of an integration are run by its own test."""

from __future__ import annotations

from pathlib import Path

import pytest

from doc_blocks import ROOT, doc_blocks, run_block

RECORDERS = sorted(str(page.relative_to(ROOT)) for page in (ROOT / "docs/recorders").glob("*.md"))
INTEGRATIONS = sorted((ROOT / "docs/integrations").glob("*.md"))


@pytest.mark.parametrize("page", RECORDERS)
def test_a_page_of_a_recorder_has_blocks_and_they_run(page: str, tmp_path: Path) -> None:
    blocks = doc_blocks(page)
    assert blocks
    for block in blocks:
        done = run_block(block, tmp_path)
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("page", INTEGRATIONS, ids=lambda page: page.stem)
def test_a_page_of_an_integration_is_run_by_a_test_and_its_module_exists(page: Path) -> None:
    assert doc_blocks(str(page.relative_to(ROOT)))
    tests = "\n".join(path.read_text() for path in (ROOT / "tests/integration/client/integrations").glob("test_*.py"))
    assert f"docs/integrations/{page.name}" in tests
