"""Settings load, or every fault is told with its place."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from deskwatch.config import default_settings, load, loads
from deskwatch.errors import ConfigError, ConfigFileError


def faults_of(text: str, tmp_path: Path, **environment: str) -> list[ConfigError]:
    with pytest.raises(ConfigFileError) as caught:
        loads(text, tmp_path / "deskwatch.yaml", environment)
    return list(caught.value.errors)


def only_fault(text: str, tmp_path: Path, **environment: str) -> str:
    faults = faults_of(text, tmp_path, **environment)
    assert len(faults) == 1, faults
    return str(faults[0]).removeprefix(f"{tmp_path}/")


def test_an_empty_file_is_the_defaults(tmp_path):
    (tmp_path / "deskwatch.yaml").write_text("")
    assert load(tmp_path / "deskwatch.yaml", {}) == default_settings("bot", tmp_path)


def test_paths_start_at_the_folder_of_the_file(tmp_path):
    settings = loads("data_dir: here", tmp_path / "deskwatch.yaml", {})
    assert settings.data_dir == tmp_path / "here"


def test_an_unknown_key_names_its_line_and_the_nearest_known_key(tmp_path):
    text = "time_zone: UTC\nscrape:\n  intervall: 5s\n"
    assert only_fault(text, tmp_path) == (
        "deskwatch.yaml:3: scrape.intervall: unknown key 'intervall'; did you mean 'interval'?"
    )


def test_a_number_is_no_duration_and_the_text_says_what_is(tmp_path):
    text = "bot:\n  heartbeat_timeout: '30'\n"
    assert only_fault(text, tmp_path) == (
        "deskwatch.yaml:2: bot.heartbeat_timeout: must be a duration such as 30s, 5m or 1h30m, was '30'"
    )


def test_all_faults_are_told_at_once_in_the_order_of_their_lines(tmp_path):
    text = "lissen: x\nbot:\n  name: 'a b'\nscrape:\n  interval: soon\n  targets:\n    - job: x\n"
    faults = faults_of(text, tmp_path)
    assert [(fault.line, fault.key) for fault in faults] == [
        (1, "lissen"),
        (3, "bot.name"),
        (5, "scrape.interval"),
        (7, "scrape.targets[0].url"),
    ]


@pytest.mark.parametrize("pattern", ["rules/*.yaml", "rules/mine.yaml"])
def test_a_missing_rule_file_is_told_with_its_line(pattern, tmp_path):
    text = f"rules:\n  files:\n    - {pattern}\n"
    assert only_fault(text, tmp_path).startswith(f"deskwatch.yaml:3: rules.files[0]: no file matches '{pattern}'")


def test_rule_paths_are_each_file_once(tmp_path):
    (tmp_path / "rules").mkdir()
    for name in ("b", "a"):
        (tmp_path / "rules" / f"{name}.yaml").write_text("groups: []")
    settings = loads("rules: {files: [rules/*.yaml, rules/a.yaml]}", tmp_path / "deskwatch.yaml", {})
    assert [path.name for path in settings.rules.paths()] == ["a.yaml", "b.yaml"]


@pytest.mark.parametrize("address", ["0.0.0.0:9990", "[::]:9990", "192.0.2.1:80", "example.org:9990"])
def test_a_public_address_is_refused_without_tls_and_password(address, tmp_path):
    text = f"listen: '{address}'\n"
    assert only_fault(text, tmp_path).startswith("deskwatch.yaml:1: listen: a public address needs tls and password")


def test_a_public_address_is_taken_with_tls_and_password(tmp_path):
    for name in ("cert.pem", "key.pem"):
        (tmp_path / name).write_text("pem")
    text = "listen: 0.0.0.0:1\ntls: {cert_file: cert.pem, key_file: key.pem}\npassword: env:PASSWORD\n"
    settings = loads(text, tmp_path / "deskwatch.yaml", {"PASSWORD": "x"})
    assert settings.listen.port == 1


@pytest.mark.parametrize("address", ["127.0.0.1:9990", "[::1]:9990", "localhost:9990", "127.8.8.8:1"])
def test_a_loopback_address_needs_nothing(address, tmp_path):
    assert str(loads(f"listen: '{address}'", tmp_path / "x.yaml", {}).listen) == address


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("fallback_channel: consol", "there is no channel 'consol'; did you mean 'console'?"),
        ("alerting: {route: {receiver: dsk}}", "there is no receiver 'dsk'; did you mean 'desk'?"),
        ("alerting: {route: {receiver: desk, matchers: [a=b]}}", "the first route takes all alerts"),
        ("alerting: {receivers: [{name: desk, channels: [tg]}]}", "there is no channel 'tg'"),
        ("rules: {catalog: [bott]}", "'bott'; did you mean 'bot'?"),
        ("scrape: {timeout: 6s}", "must be at most scrape.interval"),
        ("time_zone: Mars/Phobos", "must be a time zone such as UTC or Europe/Berlin, was 'Mars/Phobos'"),
        ("bot: {restart: {policy: sometimes}}", "must be 'on-failure', 'always' or 'never', was 'sometimes'"),
        ("bot: {metrics_url: 'ftp://x/y'}", "must be a URL such as http://127.0.0.1:8000/metrics"),
        ("channels: {a: {kind: pigeon}}", "kind must be one of 'console', 'webhook', 'telegram'"),
        ("bot: 7", "must be keys with values, was 7"),
        ("- a\n- b", "must be keys with values, was a list"),
    ],
)
def test_what_contradicts_is_refused_by_name(text, message, tmp_path):
    assert message in only_fault(text, tmp_path)


def test_a_secret_comes_from_the_environment(tmp_path):
    text = "channels: {tg: {kind: telegram, token: env:TOKEN, chat_id: 5}}"
    channel = loads(text, tmp_path / "x.yaml", {"TOKEN": "s3cret"}).channels["tg"]
    assert channel.token.reveal() == "s3cret"  # type: ignore[union-attr]


def test_a_secret_file_must_be_its_owners_alone(tmp_path):
    secret = tmp_path / "token"
    secret.write_text("s3cret\n")
    secret.chmod(0o644)
    text = "password: file:token"
    assert "chmod 600), its mode was 0644" in only_fault(text, tmp_path)
    secret.chmod(0o600)
    settings = loads(text, tmp_path / "deskwatch.yaml", {})
    assert settings.password is not None
    assert settings.password.reveal() == "s3cret"


@pytest.mark.parametrize("reference", ["env:NOT_SET", "file:nowhere"])
def test_a_missing_secret_is_a_fault(reference, tmp_path):
    assert "password" in only_fault(f"password: {reference}", tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        "password: hunter2canary",
        "password: [hunter2canary]",
        "channels: {a: {kind: telegram, token: hunter2canary, chat_id: 1}}",
        "channels: {a: {kind: telegram, tokn: hunter2canary, chat_id: 1, token: env:T}}",
        "channels: {a: {kind: webhook, url: 'https://user:hunter2canary@example.org'}}",
        "channels: {a: {kind: webhok, url: 'https://example.org/hunter2canary'}}",
    ],
)
def test_a_misplaced_secret_is_never_repeated(text, tmp_path):
    assert "hunter2canary" not in str(faults_of(text, tmp_path, T="x"))


def test_a_bot_name_that_is_a_path_is_refused():
    with pytest.raises(ConfigFileError):
        default_settings("../evil")


def test_a_bomb_is_refused_within_a_tenth_of_a_second(tmp_path):
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 9)]
    started = time.perf_counter()
    assert "aliases" in only_fault("\n".join(lines), tmp_path)
    assert time.perf_counter() - started < 0.1


def test_without_receivers_the_desk_is_told_through_every_channel(tmp_path):
    text = "channels: {a: {kind: console}, b: {kind: webhook, url: 'http://x/'}}"
    (desk,) = loads(text, tmp_path / "x.yaml", {}).alerting.receivers
    assert (desk.name, desk.channels) == ("desk", ("a", "b"))
