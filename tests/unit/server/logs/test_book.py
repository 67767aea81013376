"""The book holds the newest lines with growing ids."""

from __future__ import annotations

from deskwatch.server.logs import Level, LogBook
from deskwatch.testing import ManualClock


def texts(lines: list) -> list[str]:
    return [line.text for line in lines]


def test_ids_grow_over_bots_and_over_a_restart():
    clock = ManualClock()
    book = LogBook(clock)
    ids = [book.add(bot, "x").id for bot in ("a", "b", "a")]
    clock.advance(1)
    ids.append(LogBook(clock).add("a", "x").id)
    assert ids == sorted(set(ids))
    assert ids[-1] < 2**53  # JavaScript


def test_the_tail_is_what_is_newer_and_the_newest_of_it():
    book = LogBook(ManualClock())
    lines = [book.add("a", str(n)) for n in range(5)]
    assert texts(book.tail("a", lines[1].id, 10)) == ["2", "3", "4"]
    assert texts(book.tail("a", 0, 2)) == ["3", "4"]
    assert book.tail("a", lines[-1].id, 10) == []
    assert book.tail("nobody", 0, 10) == []
    assert book.tail("a", 0, 0) == []


def test_the_tail_of_all_bots_is_in_order():
    book = LogBook(ManualClock())
    for n in range(4):
        book.add("ab"[n % 2], str(n))
    assert texts(book.tail("", 0, 3)) == ["1", "2", "3"]


def test_only_the_newest_lines_are_held_but_all_are_counted():
    book = LogBook(ManualClock(), ring_lines=3)
    for n in range(5):
        book.add("a", f"ERROR {n}")
    assert texts(book.last("a", 10)) == ["ERROR 2", "ERROR 3", "ERROR 4"]
    scrape = book.scrape("a", 0)
    counts = {labels["level"]: value for labels, value in zip(scrape.series, scrape.values, strict=True)}
    assert counts == {"debug": 0, "info": 0, "warning": 0, "error": 5, "critical": 0}
    assert book.scrape("a", 1).series is scrape.series


def test_refilled_lines_are_held_and_not_counted_again():
    book = LogBook(ManualClock())
    book.refill("a", ["ERROR old"], 7)
    (line,) = book.last("a", 3)
    assert (line.level, line.ts_ms, sum(book.scrape("a", 0).values)) == (Level.ERROR, 7, 0)


def test_a_listener_hears_each_line_and_a_given_level_wins():
    heard = []
    book = LogBook(ManualClock(), on_line=heard.append)
    line = book.add("a", "ERROR", level=Level.DEBUG)
    assert (heard, line.level) == ([line], Level.DEBUG)
