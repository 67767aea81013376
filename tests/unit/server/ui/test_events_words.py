from __future__ import annotations

import re

from deskwatch.model.event import EventKind
from deskwatch.server.ui.elements import STATIC


def test_every_kind_of_event_has_words_and_no_other_has() -> None:
    table = (STATIC / "lib" / "events.js").read_text("utf-8").partition("const KINDS = {")[2].partition("};")[0]
    assert set(re.findall(r"^  (\w+): \[", table, re.MULTILINE)) == {str(kind) for kind in EventKind}


def test_no_script_writes_html() -> None:
    """Names, annotations and log lines come from outside; the pages write them as text only."""
    scripts = [*STATIC.glob("*.js"), *STATIC.glob("lib/*.js")]
    assert len(scripts) > 10
    for script in scripts:
        found = re.findall(
            r"innerHTML|outerHTML|insertAdjacentHTML|v-html|document\.write|\beval\(", script.read_text("utf-8")
        )
        assert not found, f"{script.name} uses {found}"
