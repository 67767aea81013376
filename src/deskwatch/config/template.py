"""The commented files that ``deskwatch init`` writes, and the table of all settings for the docs.

Way:     settings -> [template] -> cli and docs.  A test loads the template back and finds the defaults.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from deskwatch.config.sections import sections_in
from deskwatch.config.settings import Settings
from deskwatch.model import format_duration_ms


@dataclass(frozen=True, slots=True)
class Setting:
    """One row of the table of settings.

    Attributes:
        key: The dotted key, such as ``bot.restart.backoff``; ``[]`` is an entry of a list, ``NAME`` a free name.
        default: As it would stand in the file; empty when it must be given or is another section.
        help: What it does.
    """

    key: str
    default: str
    help: str


def settings_table() -> list[Setting]:
    """Return a row for every setting that exists, in the order of the file."""
    # Kinds of one section share keys, which stand once.
    return list({row.key: row for row in _rows(Settings, "", ())}.values())


def render_template(bot_name: str = "bot") -> str:
    """Return deskwatch.yaml with comments, every value at its default, and the files of rules/."""
    return _TEMPLATE.replace("BOT_NAME", bot_name)


def render_rules_example() -> str:
    """Return a rule file for a person to change: ``rules/example.yaml``."""
    return _RULES


def _rows(model: type[BaseModel], prefix: str, seen: tuple[type[BaseModel], ...]) -> Iterator[Setting]:
    for name, field in model.model_fields.items():
        key = f"{prefix}{field.alias or name}"
        yield Setting(key, _default(name, field), field.description or "")
        for child, suffix in sections_in(field.annotation):
            if child not in (*seen, model):
                yield from _rows(child, f"{key}{suffix}.", (*seen, model))


def _default(name: str, field: FieldInfo) -> str:
    value = field.default
    if field.is_required() or value is None or field.default_factory is not None:
        return ""
    if name.endswith("_ms"):
        return format_duration_ms(value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return f"[{', '.join(str(entry) for entry in value)}]" if not any(map(_is_model, value)) else ""
    return str(value)


def _is_model(value: object) -> bool:
    return isinstance(value, BaseModel)


_TEMPLATE = """\
# Settings of deskwatch. Everything here is the default, so anything may be left out.
# A secret is never written here: say env:NAME or file:PATH (a file of mode 0600).
# Paths start at the folder of this file. Durations: 500ms, 30s, 5m, 1h30m, 7d.

data_dir: deskwatch-data          # samples, state and logs
listen: 127.0.0.1:9990            # a public address is refused without tls and password
# tls: {cert_file: cert.pem, key_file: key.pem}
# password: env:DESKWATCH_PASSWORD
time_zone: UTC                    # when the desk's day begins, such as Europe/Berlin

bot:
  name: BOT_NAME
  # metrics_url: http://127.0.0.1:8000/metrics   # found by itself for most bots
  discover_metrics: true          # whether its listening ports are asked once for /metrics; off for a FIX acceptor
  heartbeat_timeout: 60s          # silence after which a bot that sends heartbeats is hung
  restart:
    policy: on-failure            # or always, never
    backoff: 1s                   # the first wait; it doubles up to backoff_max
    backoff_max: 60s
    max_restarts: 3               # within window; then the bot is left down and you are told
    window: 15m
  restart_on_hang: false
  stop_timeout: 10s               # then it is killed
  env: {}                         # environment variables added for the bot

scrape:
  interval: 5s
  timeout: 4s
  targets: []
  # - job: gateway
  #   url: http://127.0.0.1:9100/metrics
  #   labels: {desk: crypto}

rules:
  files: [rules/*.yaml]           # Prometheus rule files
  catalog: [bot, risk, deskwatch] # rules that deskwatch brings
  evaluation_interval: 5s

alerting:
  route:                          # the keys are Alertmanager's
    receiver: desk
    group_by: [alertname, bot]
    group_wait: 5s
    group_interval: 30s
    repeat_interval: 4h
    routes:
      - matchers: ['severity="critical"']
        group_wait: 0s            # a page waits for nothing
  receivers:
    - name: desk
      channels: [console]

channels:
  console: {kind: console}
  # phone: {kind: telegram, token: env:TELEGRAM_TOKEN, chat_id: 123456789}
  # hook: {kind: webhook, url: env:WEBHOOK_URL, secret: env:WEBHOOK_SECRET}
# fallback_channel: console       # takes over when a channel refuses for good

retention:
  samples: 30d
  logs: 30d
"""

_RULES = """\
# Rules of your own, in Prometheus's format:
# https://prometheus.io/docs/prometheus/latest/configuration/alerting_rules/
groups:
  - name: example
    rules:
      - alert: MarketDataStopped
        expr: time() - trading_market_time_seconds > 300
        for: 1m
        labels: {severity: warning}
        annotations:
          summary: "{{ $labels.bot }} has had no market data for {{ $value | humanizeDuration }}"
          unit: seconds
"""
