"""YAML within its limits, and the line of every key."""

from __future__ import annotations

from pathlib import Path

import pytest

from deskwatch.config.document import MAX_FILE_BYTES, parse_document, read_document
from deskwatch.errors import ConfigError

FILE = Path("x.yaml")


def test_values_are_what_json_could_say():
    document = parse_document("a: 1\nb: [yes, null, 1.5, 'x', 2026-01-02]\n", FILE)
    assert document.value == {"a": 1, "b": [True, None, 1.5, "x", "2026-01-02"]}


def test_each_key_has_its_line():
    document = parse_document("a:\n  b:\n    - c: 1\n    - c: 2\n", FILE)
    assert document.line_of(("a", "b", 1, "c")) == 4


def test_a_key_that_is_not_there_has_the_line_around_it():
    document = parse_document("a:\n  b: 1\n", FILE)
    assert document.line_of(("a", "zzz")) == 1


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, "stands twice; it first stood in line 1"),
        ("{a: 1, a: 2}", 1, "stands twice"),
        ("a: &x 1\nb: *x\n", 2, "aliases"),
        ("a: !!python/object/apply:os.system ['true']\n", 1, "tag"),
        ("a: !mine 1\n", 1, "tag"),
        ("[" * 33 + "]" * 33, 1, "at most 32 deep"),
        ("a: [1\nb: 2\n", 2, "is no YAML"),
        ("? [a]\n: 1\n", 1, "a key must be a word"),
    ],
)
def test_what_is_refused_has_its_line(text, line, message):
    with pytest.raises(ConfigError, match=message) as caught:
        parse_document(text, FILE)
    assert caught.value.line == line


def test_deep_nesting_is_refused_without_recursion():
    with pytest.raises(ConfigError, match="32 deep"):
        parse_document("[" * 5000, FILE)


def test_a_large_file_is_refused_unread(tmp_path):
    big = tmp_path / "big.yaml"
    big.write_bytes(b"#" * (MAX_FILE_BYTES + 1))
    with pytest.raises(ConfigError, match="at most 1048576 bytes, had 1048577"):
        read_document(big)


@pytest.mark.parametrize("content", [b"\xff\xfe\x00a", b"a: \xc3("])
def test_what_is_no_utf8_is_refused(content, tmp_path):
    file = tmp_path / "x.yaml"
    file.write_bytes(content)
    with pytest.raises(ConfigError, match="must be UTF-8"):
        read_document(file)


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read: No such file"):
        read_document(tmp_path / "nowhere.yaml")
