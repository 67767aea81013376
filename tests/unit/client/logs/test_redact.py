from __future__ import annotations

import json
import time
from decimal import Decimal

import pytest

from deskwatch.client.logs.redact import _SHAPES, MASK, _has_hint, is_clean, is_secret_name, plain, redacted, scrubbed

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJib3QifQ.c2lnbmF0dXJl"
BOT = "123456789:" + "AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw_x"[:35]
SECRETS = {  # a text, and what must not remain of it
    "GET https://trader:hunter2@venue.example/orders": "hunter2",
    "postgresql://desk:p@ss2@db/ledger": "p@ss2",
    "GET https://venue.example/orders?symbol=BTC&signature=deadbeef99": "deadbeef99",
    f"POST https://api.telegram.org/bot{BOT}/sendMessage": BOT,
    "{'Authorization': 'Bearer abcdef123456'}": "abcdef123456",
    "Authorization: Basic dHJhZGVyOmh1bnRlcjI=": "dHJhZGVyOmh1bnRlcjI",
    "sent bearer abcdef123456 to the venue": "abcdef123456",
    "X-MBX-APIKEY: vmPUZE6mv9SD5VNHk4": "vmPUZE6mv9SD5VNHk4",
    '{"api_secret": "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XA"}': "NhqPtmdSJYd",
    "password=hunter2, retrying": "hunter2",
    f"token was {JWT}": JWT,
    "key AKIAIOSFODNN7EXAMPLE is in use": "AKIAIOSFODNN7EXAMPLE",
    "xoxb-123456789012-abcdefghij": "xoxb-123456789012-abcdefghij",
    "ghp_0123456789abcdefghijABCDEFGHIJ": "ghp_0123456789",
    "sk_live_0123456789abcdef": "sk_live_0123456789",
    "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEII\n-----END EC PRIVATE KEY-----": "MHcCAQEEII",
}
HARMLESS = (
    "Order placed: 0.25 BTC at 64250.5",
    "https://venue.example/orders?symbol=BTC&limit=5",
    "the basic validation: passed",
    "Trade executed at 2026-11-21T10:00:00Z",
    "token_symbol=USDC",
    "high drawdown",
    "3fa85f64-5717-4562-b3fc-2c963f66afa6",
    "ops@desk.example was told",
)


@pytest.mark.parametrize("text", SECRETS)
def test_a_secret_of_a_known_shape_is_masked(text: str) -> None:
    masked = scrubbed(text)
    assert SECRETS[text] not in masked
    assert MASK in masked


@pytest.mark.parametrize("text", SECRETS)
def test_what_is_masked_stays_as_it_is_when_it_is_masked_again(text: str) -> None:
    masked = scrubbed(text)
    assert scrubbed(masked) == masked


@pytest.mark.parametrize("text", HARMLESS)
def test_a_text_without_a_secret_is_left_alone(text: str) -> None:
    assert scrubbed(text) == text
    assert scrubbed(text) == text  # now that it is remembered


def test_every_shape_has_a_hint_that_is_looked_for() -> None:
    assert all(_has_hint(hint) for hint, _, _ in _SHAPES)


@pytest.mark.parametrize("name", ["password", "API_KEY", "apiSecret", "x-access-token", "Set-Cookie", "db.passwd"])
def test_a_name_that_ends_like_a_secret_is_one(name: str) -> None:
    assert is_secret_name(name)
    assert redacted({name: "v"}) == {name: MASK}


@pytest.mark.parametrize("name", ["token_symbol", "key", "symbol", "author", "passed", "tokens_used", "signature_ok"])
def test_a_name_that_only_begins_or_sounds_like_a_secret_is_none(name: str) -> None:
    assert not is_secret_name(name)


def test_secrets_within_nested_fields_are_masked_too() -> None:
    fields = {"request": {"headers": [{"Authorization": "x"}], "url": "wss://u:hunter2@venue"}}
    assert redacted(fields) == {"request": {"headers": [{"Authorization": MASK}], "url": f"wss://{MASK}@venue"}}


def test_fields_are_clean_only_after_their_names_were_seen_and_never_with_a_secret() -> None:
    fields = {"side_unseen_so_far": "BUY", "quantity": Decimal(1), "price": 1.5}
    assert not is_clean(fields)
    assert redacted(fields) == fields
    assert is_clean(fields)
    assert is_clean({**fields, "side_unseen_so_far": "a side never seen"})
    assert not is_clean({**fields, "side_unseen_so_far": "password=hunter2"})
    assert not is_clean({**fields, "password": 1})
    assert not is_clean({**fields, "quantity": [1]})


def test_a_reserved_name_gets_an_underscore_each_time() -> None:
    for _ in range(2):
        assert redacted({"level": 3}) == {"level_": 3}
        assert not is_clean({"level": 3})


def test_depth_and_breadth_of_a_nested_value_are_bounded() -> None:
    cycle: dict[str, object] = {}
    cycle["self"] = cycle
    assert len(json.dumps(plain(cycle))) < 2000
    assert len(plain(list(range(100_000)))) == 256  # type: ignore[arg-type]
    assert len(scrubbed("x" * 10_000_000)) == 1024


@pytest.mark.parametrize("part", ["://", "password=", "eyJ-", "a.", "Basic a", "-----BEGIN PRIVATE KEY-----", "1", ":"])
def test_no_text_takes_long_to_search(part: str) -> None:
    text = part * (8192 // len(part))
    began = time.process_time()
    scrubbed(text, 8192)
    assert time.process_time() - began < 0.1  # quadratic search of 8 KiB takes seconds
