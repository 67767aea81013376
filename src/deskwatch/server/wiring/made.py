"""The parts that the settings alone decide."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

from deskwatch.catalog.files import rule_file_text
from deskwatch.config import Settings, TelegramChannel, WebhookChannel
from deskwatch.server.alerting import Notifier
from deskwatch.server.alerting.notify.channels import ConsoleNotifier, TelegramNotifier, WebhookNotifier
from deskwatch.server.rules import RuleGroup, load_rule_file, parse_rule_file
from deskwatch.server.scrape import Target


def rule_groups(settings: Settings) -> list[RuleGroup]:
    """Return the rules of the catalogue and of the user's files.

    Raises:
        ConfigFileError: Everything in a file that cannot be run.
    """
    interval_ms = settings.rules.evaluation_interval_ms
    groups: list[RuleGroup] = []
    for name in settings.rules.catalog:
        groups += parse_rule_file(rule_file_text(name), Path(f"catalog:{name}.yaml"), interval_ms)
    for path in settings.rules.paths():
        groups += load_rule_file(path, interval_ms)
    return groups


def notifiers(settings: Settings) -> list[Notifier]:
    """Return the channels of the settings."""
    made: list[Notifier] = []
    for name, channel in settings.channels.items():
        match channel:
            case WebhookChannel(url=url, secret=secret):
                made.append(WebhookNotifier(name, url.reveal(), secret=secret.reveal() if secret else None))
            case TelegramChannel(token=token, chat_id=chat_id, base_url=base_url):
                made.append(TelegramNotifier(name, token.reveal(), str(chat_id), base_url=base_url))
            case _:
                made.append(ConsoleNotifier(name))
    return made


def client_token(data_dir: Path) -> str:
    """Return what bots show when they send records; kept, so that a bot outlives a restart of the monitor."""
    path = data_dir / "client-token"
    if path.exists():
        return path.read_text("ascii").strip()
    token = secrets.token_urlsafe(32)
    path.touch(mode=0o600, exist_ok=False)
    path.write_text(token, "ascii")
    return token


def targets(settings: Settings) -> Iterator[Target]:
    """Yield the targets that the settings name."""
    for target in settings.scrape.targets:
        yield Target(
            job=target.job,
            url=target.url,
            interval_ms=target.interval_ms or settings.scrape.interval_ms,
            timeout_ms=target.timeout_ms or settings.scrape.timeout_ms,
            labels=target.labels,
        )
