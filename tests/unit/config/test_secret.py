"""A secret shows itself only when asked by name."""

from __future__ import annotations

import copy
import pickle

import pytest
from pydantic import BaseModel

from deskwatch.config import Secret

CANARY = "hunter2canary"


class Holder(BaseModel):
    secret: Secret


@pytest.mark.parametrize(
    "show",
    [
        repr,
        str,
        "{}".format,
        "{:>40}".format,
        lambda s: f"{s!r:>20}",
        lambda s: pickle.dumps(s).decode("latin-1"),
        lambda s: repr(copy.deepcopy([s])),
        lambda s: Holder(secret=s).model_dump_json(),
        lambda s: repr(Holder(secret=s)),
        lambda s: repr(Holder(secret=s).model_dump()),
        lambda s: "%s" % s,  # noqa: UP031
    ],
)
def test_no_way_of_showing_shows_it(show):
    text = show(Secret(CANARY))
    assert CANARY not in text


def test_reveal_gives_it():
    assert Secret(CANARY).reveal() == CANARY


def test_equal_secrets_are_equal():
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert hash(Secret("a")) == hash(Secret("a"))
