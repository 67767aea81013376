"""Whatever is logged: nothing raises, and each call gives exactly one line of JSON with the fixed keys first."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deskwatch.client import get_logger
from deskwatch.client.logs.line import MAX_LINE_BYTES
from deskwatch.client.logs.redact import MASK, scrubbed

FIXED = ["timestamp", "level", "logger", "message", "service"]


class Hostile:
    def __str__(self) -> str:
        raise RuntimeError("no")

    __repr__ = __str__

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("no")

    def __hash__(self) -> int:
        return 1


TEXTS = st.text(st.characters(codec=None)) | st.sampled_from(["level", "password", "exc_info", "\ud800", "x" * 20_000])
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.binary() | TEXTS | st.builds(Hostile)
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(TEXTS | st.integers(), inner))


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("logs") / "service.log"


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    message=VALUES, fields=st.dictionaries(TEXTS, VALUES, max_size=5), bound=st.dictionaries(TEXTS, VALUES, max_size=2)
)
def test_each_call_gives_one_line(file: Path, message: object, fields: dict[str, Any], bound: dict[str, Any]) -> None:
    logger = get_logger("bot", file)
    assert logger.flush()
    before = file.stat().st_size
    with logger.bind(**bound).context(**bound):
        logger.info(message, **fields)
    assert logger.flush()
    with file.open("rb") as written:
        written.seek(before)
        (line,) = written.readlines()
    assert len(line) <= MAX_LINE_BYTES
    assert list(json.loads(line))[:5] == FIXED


@given(before=st.text(max_size=50), secret=st.text("abcdefghijkmnpqrstuvwxyz0123456789", min_size=12, max_size=40))
def test_a_secret_is_masked_wherever_it_stands_in_a_text(before: str, secret: str) -> None:
    for shape in (f"api_key={secret}", f"Password: {secret}", f"wss://user:{secret}@venue", f"Bearer {secret}"):
        masked = scrubbed(f"{before} {shape}")
        assert secret not in masked.removeprefix(scrubbed(before))
        assert MASK in masked
