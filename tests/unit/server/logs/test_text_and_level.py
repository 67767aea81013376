"""Lines are clean and have a level."""

from __future__ import annotations

import pytest

from deskwatch.server.logs import Level, LineReader, clean_line


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"plain", "plain"),
        (b"\x1b[31mred\x1b[0m", "red"),
        (b"\x1b]0;title\x07text", "text"),
        (b"\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        (b"a\xffb", "a�b"),
        (b"a\rb\0c\x07d\x7f\r\n", "abcd"),
        (b"tab\tstays", "tab\tstays"),
        ("a\x85\x9bb".encode(), "ab"),
        (b"x" * 20_000, "x" * 16_384),
        ("日本".encode(), "日本"),
    ],
)
def test_a_line_is_fit_to_be_shown(raw, text):
    assert clean_line(raw) == text


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("hello", Level.INFO),
        ('{"level":"warning","message":"x"}', Level.WARNING),
        ('{"levelname":"ERROR","msg":"x"}', Level.ERROR),
        ('{"severity":"fatal"}', Level.CRITICAL),
        ('{"level":50,"msg":"pino"}', Level.ERROR),
        ('{"record":{"level":{"name":"SUCCESS","no":25}},"text":"loguru"}', Level.INFO),
        ('{"record":{"level":{"name":"CRITICAL","no":50}},"text":"loguru"}', Level.CRITICAL),
        ('{"message":"ERROR is only the text"}', Level.INFO),
        ("{not json} ERROR", Level.ERROR),
        ("{broken ERROR}", Level.ERROR),
        ("2026-01-02 10:00:00,1 - bot - WARNING - slow", Level.WARNING),
        ("WARN: x", Level.WARNING),
        ("[ERROR] x", Level.ERROR),
        ("no error here", Level.INFO),
        ("TERRORS", Level.INFO),
        ("x" * 300 + " ERROR", Level.INFO),
    ],
)
def test_the_level_is_read(text, level):
    assert LineReader().read(text)[0] is level


def test_a_traceback_is_an_error_to_its_last_line_and_no_further():
    lines = [
        "Traceback (most recent call last):",
        '  File "x.py", line 1',
        "    boom()",
        "ValueError: boom",
        "going on",
    ]
    reader = LineReader()
    assert [reader.read(line)[0] for line in lines] == [Level.ERROR] * 4 + [Level.INFO]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (
            '{"timestamp":"2026-01-01","level":"INFO","logger":"a","message":"BUY 1","order_id":"7"}',
            "BUY 1  order_id=7",
        ),
        ('{"level":"info","event":"started","pid":4}', "started  pid=4"),
        ('{"msg":"hi"}', "hi"),
        ('{"price": 3}', '{"price": 3}'),
        ("{not json}", "{not json}"),
        ("plain text", "plain text"),
        (r'{"message":"a\u001b[31mb\nc"}', "ab c"),
    ],
)
def test_a_line_of_json_is_shown_as_its_message_and_fields(text: str, shown: str) -> None:
    assert LineReader().read(text)[1] == shown
