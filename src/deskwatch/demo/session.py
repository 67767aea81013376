"""Everything that the demo needs besides the product: a folder with settings and rules, and the bot's command."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from deskwatch.catalog.files import rule_file_text
from deskwatch.model import format_duration_ms, parse_duration_ms

BOT: Final = "demo"
SPEED: Final = 3600.0
"""An hour of the market a second: the first page comes after three quarters of a minute."""

HOLD_DIVISOR: Final = 60
"""The rules' minutes are seconds here (docs/decisions/0003)."""

HEADLESS_HOLD_DIVISOR: Final = 240
HEADLESS_BARS_A_SCRAPE: Final = 30
HEADLESS_SCRAPE: Final = "200ms"

_SETTINGS: Final = """\
# What `deskwatch demo` runs with; `deskwatch run --config {file} -- …` takes the same file.
data_dir: data
listen: {listen}
bot:
  name: {bot}
  restart: {{policy: never}}
scrape:
  interval: {scrape}
  timeout: {scrape}
rules:
  files: [rules/risk.yaml]
  catalog: [bot, deskwatch]
  evaluation_interval: 1s
channels:
  console: {{kind: console}}
  phone: {{kind: webhook, url: "{phone}"}}
alerting:
  route:
    receiver: desk
    group_by: [alertname, bot]
    group_wait: 0s
    group_interval: 1s
    repeat_interval: 4h
    routes:
      - matchers: [severity="critical"]
        receiver: pager
  receivers:
    - {{name: desk, channels: [{desk}]}}
    - {{name: pager, channels: [phone]}}
"""

_HOLD: Final = re.compile(r"^(\s+(?:for|keep_firing_for): )(\w+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Session:
    """One demo.

    Attributes:
        settings_file: The settings.
        command: The bot.
    """

    settings_file: Path
    command: list[str]


def prepare(folder: Path, *, listen: str, phone_url: str, speed: float, headless: bool) -> Session:
    """Write settings and rules into the folder.

    Args:
        folder: Where; it is kept by whoever made it.
        listen: Address and port of the page.
        phone_url: Where pages go.
        speed: Market seconds a second; without a browser the monitor sets the pace instead.
        headless: Whether nobody looks: as fast as the machine allows.
    """
    settings_file = folder / "deskwatch.yaml"
    (folder / "rules").mkdir(parents=True, exist_ok=True)
    divisor = HEADLESS_HOLD_DIVISOR if headless else HOLD_DIVISOR
    (folder / "rules" / "risk.yaml").write_text(_faster(rule_file_text("risk"), divisor))
    settings_file.write_text(
        _SETTINGS.format(
            file=settings_file,
            listen=listen,
            bot=BOT,
            scrape=HEADLESS_SCRAPE if headless else "1s",
            phone=phone_url,
            desk="phone" if headless else "console",
        )
    )
    pace = ["--pace-by-scrape", str(HEADLESS_BARS_A_SCRAPE)] if headless else ["--speed", str(speed)]
    return Session(settings_file, [sys.executable, "-m", "deskwatch.demo.bot", *pace])


def _faster(rules: str, divisor: int) -> str:
    """Return the rule file with every hold divided: the market runs faster here, so the rules do too."""
    return _HOLD.sub(lambda m: m.group(1) + format_duration_ms(parse_duration_ms(m.group(2)) // divisor), rules)
