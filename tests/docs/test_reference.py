"""The reference says what the code has: settings and commands word for word, every event and every reason."""

from __future__ import annotations

import re
import subprocess
import sys
from enum import StrEnum
from pathlib import Path

import pytest

from deskwatch.client.command import CommandResult
from deskwatch.client.guard import Allowed
from deskwatch.errors import DeliveryReason, QueryReason, ScrapeReason, StorageReason
from deskwatch.model import EventKind

ROOT = Path(__file__).parents[2]


def named_in(page: str) -> set[str]:
    """Return what stands in code in the first column of the page's tables."""
    return set(re.findall(r"^\| `([^`]+)` \|", (ROOT / "docs/reference" / page).read_text(), re.MULTILINE))


def test_settings_and_commands_are_current() -> None:
    done = subprocess.run(
        [sys.executable, "scripts/build_reference.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_every_event_is_explained_and_no_other() -> None:
    assert named_in("events.md") == {str(kind) for kind in EventKind}


@pytest.mark.parametrize("reasons", [ScrapeReason, QueryReason, StorageReason, DeliveryReason, CommandResult])
def test_every_reason_is_explained(reasons: type[StrEnum]) -> None:
    assert {str(reason) for reason in reasons} <= named_in("reasons.md")


def test_every_answer_of_the_guard_but_yes_is_explained() -> None:
    assert {str(answer) for answer in Allowed if not answer} <= named_in("reasons.md")


def test_every_link_between_the_pages_leads_somewhere() -> None:
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]
    links = [(page, target) for page in pages for target in re.findall(r"\]\((?!https?://)([^)#]+)", page.read_text())]
    assert links
    assert [(page.name, target) for page, target in links if not (page.parent / target).exists()] == []
