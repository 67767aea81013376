from __future__ import annotations

from deskwatch.server.alerting.notify.text import clean, cut, utf16_length

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"  # three people joined to one picture


def test_clean_text_is_valid_and_keeps_letters_lines_and_pictures():
    assert clean("Zürich\n\t日本 🚀") == "Zürich\n\t日本 🚀"
    clean("\ud83d alone").encode()


def test_control_and_direction_characters_are_replaced():
    assert clean("\x00\x1b\r\u202e\u2066") == "\ufffd" * 5


def test_length_counts_a_picture_as_two():
    assert utf16_length("a🚀") == 3


def test_a_cut_never_halves_a_character():
    assert cut("a🚀b", 2) == "a"
    assert cut("ae\u0301b", 2) == "a"
    assert cut("a" + FAMILY, 4) == "a"


def test_what_fits_is_not_cut():
    assert cut("abc", 3) == "abc"
    assert cut("abc", 0) == ""
