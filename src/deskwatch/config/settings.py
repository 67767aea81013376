"""Everything that deskwatch.yaml may say: one class a section, one field a setting.

Way:     document -> [settings] -> wiring.  The descriptions feed the template and the table in the docs.
Source:  names of scrape and route keys are Prometheus's and Alertmanager's:
         https://prometheus.io/docs/prometheus/latest/configuration/configuration/
         https://prometheus.io/docs/alerting/latest/configuration/
Time:    durations are text such as ``30s`` in the file and milliseconds (``_ms``) here.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from deskwatch.config.matchers import parse_matchers
from deskwatch.config.scalars import (
    BotName,
    DurationMs,
    FilePath,
    FilePattern,
    FolderPath,
    LabelName,
    Listen,
    ListenAddress,
    PositiveDurationMs,
    SecretUrl,
    TimeZone,
    Url,
    files_of,
)
from deskwatch.config.secret import Secret
from deskwatch.model import Matcher

SECOND_MS: Final = 1_000
MINUTE_MS: Final = 60_000
HOUR_MS: Final = 3_600_000
DAY_MS: Final = 86_400_000


class Section(BaseModel):
    """A section of the settings: unknown keys are refused, and nothing changes after loading."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


def _matchers(value: object) -> object:
    if not isinstance(value, str):
        raise ValueError('must be matchers such as severity="critical", as text')  # noqa: TRY004  (pydantic takes ValueError)
    return parse_matchers(value)


MatcherEntry = Annotated[tuple[Matcher, ...], BeforeValidator(_matchers)]


class TlsSettings(Section):
    """The certificate that the server shows."""

    cert_file: FilePath = Field(description="The certificate and its chain, PEM.")
    key_file: FilePath = Field(description="Its private key, PEM.")


class RestartSettings(Section):
    """What happens after the bot ends by itself.

    The most restarts in a window are reliability E4's: three in 15 minutes, then hold and page.
    """

    policy: Literal["on-failure", "always", "never"] = Field(
        default="on-failure", description="When it is started again."
    )
    backoff_ms: PositiveDurationMs = Field(
        default=SECOND_MS, alias="backoff", description="The first wait; it doubles."
    )
    backoff_max_ms: PositiveDurationMs = Field(default=MINUTE_MS, alias="backoff_max", description="The longest wait.")
    max_restarts: int = Field(default=3, ge=0, le=1000, description="How often in a window, before it is left down.")
    window_ms: PositiveDurationMs = Field(
        default=15 * MINUTE_MS, alias="window", description="The window of max_restarts."
    )


class BotSettings(Section):
    """The bot that ``deskwatch run`` starts."""

    name: BotName = Field(default="bot", description="Its name in labels, pages and file names.")
    metrics_url: Url | None = Field(default=None, description="Its /metrics, when it is not found by itself.")
    discover_metrics: bool = Field(
        default=True, description="Whether its listening ports are asked once for /metrics; off for a FIX acceptor."
    )
    heartbeat_timeout_ms: PositiveDurationMs = Field(
        default=MINUTE_MS,
        alias="heartbeat_timeout",
        description="Silence after which a bot that sends heartbeats is hung.",
    )
    restart: RestartSettings = Field(default_factory=RestartSettings, description="What happens after it ends.")
    restart_on_hang: bool = Field(default=False, description="Whether a hung bot is stopped and started again.")
    stop_timeout_ms: DurationMs = Field(
        default=10 * SECOND_MS, alias="stop_timeout", description="How long it may take to stop before it is killed."
    )
    env: dict[str, str] = Field(default_factory=dict, description="Environment variables added for it.")


class TargetSettings(Section):
    """One more /metrics to read."""

    job: str = Field(min_length=1, max_length=200, description="The label job.")
    url: Url = Field(description="Where it is, with the path.")
    interval_ms: PositiveDurationMs | None = Field(
        default=None, alias="interval", description="Instead of scrape.interval."
    )
    timeout_ms: PositiveDurationMs | None = Field(
        default=None, alias="timeout", description="Instead of scrape.timeout."
    )
    labels: dict[LabelName, str] = Field(default_factory=dict, description="Labels added to all its series.")


class ScrapeSettings(Section):
    """How often metrics are read."""

    interval_ms: PositiveDurationMs = Field(default=5 * SECOND_MS, alias="interval", description="Between two reads.")
    timeout_ms: PositiveDurationMs = Field(
        default=4 * SECOND_MS, alias="timeout", description="The longest that a read takes."
    )
    targets: tuple[TargetSettings, ...] = Field(default=(), description="Metrics to read besides the bot's.")


class RulesSettings(Section):
    """Which rules are evaluated."""

    files: tuple[FilePattern, ...] = Field(
        default=(), description="Prometheus rule files; patterns such as rules/*.yaml."
    )
    catalog: tuple[str, ...] = Field(
        default=("bot", "risk", "deskwatch"), description="Rule files that deskwatch brings."
    )
    evaluation_interval_ms: PositiveDurationMs = Field(
        default=5 * SECOND_MS, alias="evaluation_interval", description="Between two evaluations of a group."
    )

    def paths(self) -> list[Path]:
        """Return the files that the patterns name now, each once, in order."""
        return list(dict.fromkeys(path for pattern in self.files for path in files_of(pattern)))


class RouteSettings(Section):
    """One node of the routing tree; what a child leaves out it has from its parent."""

    receiver: str | None = Field(default=None, description="Who is told.")
    group_by: tuple[str, ...] | None = Field(
        default=None, description="Labels whose alerts share a message; '...' is all."
    )
    group_wait_ms: DurationMs | None = Field(default=None, alias="group_wait", description="Before the first message.")
    group_interval_ms: PositiveDurationMs | None = Field(
        default=None, alias="group_interval", description="Before a message about a change of the group."
    )
    repeat_interval_ms: PositiveDurationMs | None = Field(
        default=None, alias="repeat_interval", description="Before the same is said again."
    )
    matchers: tuple[MatcherEntry, ...] = Field(default=(), description="Which alerts take this way; all must hold.")
    continue_: bool = Field(default=False, alias="continue", description="Whether the next sibling is tried as well.")
    routes: tuple[RouteSettings, ...] = Field(default=(), description="Ways within this one, tried in order.")


class ReceiverSettings(Section):
    """A name for one or more channels."""

    name: str = Field(min_length=1, description="What routes call it.")
    channels: tuple[str, ...] = Field(min_length=1, description="Names from the section channels.")


def _default_route() -> RouteSettings:
    # A page must not wait for company; a warning may, so that a desk gets one message and not five.
    return RouteSettings.model_validate(
        {
            "receiver": "desk",
            "group_by": ["alertname", "bot"],
            "group_wait": "5s",
            "group_interval": "30s",
            "repeat_interval": "4h",
            "routes": [{"matchers": ['severity="critical"'], "group_wait": "0s"}],
        }
    )


class AlertingSettings(Section):
    """Who is told of what; the keys of a route are Alertmanager's."""

    route: RouteSettings = Field(default_factory=_default_route, description="The routing tree.")
    receivers: tuple[ReceiverSettings, ...] = Field(
        default=(), description="Who can be told; without this, 'desk' is told through every channel."
    )


class ConsoleChannel(Section):
    """Writes messages where deskwatch runs."""

    kind: Literal["console"] = Field(description="Which way: console, webhook or telegram.")


class WebhookChannel(Section):
    """Posts messages to a URL, in the shape of Alertmanager's webhook."""

    kind: Literal["webhook"] = Field(description="Which way: console, webhook or telegram.")
    url: SecretUrl = Field(description="Where to; may be env:NAME or file:PATH, because such URLs are often secrets.")
    secret: Secret | None = Field(default=None, description="Signs each message (Standard Webhooks).")


class TelegramChannel(Section):
    """Sends messages through the Telegram Bot API."""

    kind: Literal["telegram"] = Field(description="Which way: console, webhook or telegram.")
    token: Secret = Field(description="The bot's token, as env:NAME or file:PATH.")
    chat_id: int | str = Field(description="The chat: a number, or @name of a channel.")
    base_url: Url = Field(default="https://api.telegram.org", description="Another server of the Bot API.")


ChannelSettings = Annotated[ConsoleChannel | WebhookChannel | TelegramChannel, Field(discriminator="kind")]


class RetentionSettings(Section):
    """How long things are kept."""

    samples_ms: PositiveDurationMs = Field(default=30 * DAY_MS, alias="samples", description="Metrics.")
    logs_ms: PositiveDurationMs = Field(default=30 * DAY_MS, alias="logs", description="Rotated log files.")


def _default_channels() -> dict[str, Any]:
    return {"console": ConsoleChannel(kind="console")}


class Settings(Section):
    """All settings of deskwatch."""

    data_dir: FolderPath = Field(
        default=Path("deskwatch-data"), validate_default=True, description="Where samples, state and logs are kept."
    )
    listen: Listen = Field(
        default=ListenAddress("127.0.0.1", 9990), description="A public address needs tls and password as well."
    )
    tls: TlsSettings | None = Field(default=None, description="The certificate that the server shows.")
    password: Secret | None = Field(
        default=None, description="Asked for by the pages and the API; env:NAME or file:PATH."
    )
    time_zone: TimeZone = Field(
        default="UTC", description="The desk's time zone: when its day begins, and on the pages."
    )
    bot: BotSettings = Field(default_factory=BotSettings, description="The bot that deskwatch run starts.")
    scrape: ScrapeSettings = Field(default_factory=ScrapeSettings, description="How metrics are read.")
    rules: RulesSettings = Field(default_factory=RulesSettings, description="Which rules are evaluated.")
    alerting: AlertingSettings = Field(default_factory=AlertingSettings, description="Who is told of what.")
    channels: dict[str, ChannelSettings] = Field(default_factory=_default_channels, description="Ways to a person.")
    fallback_channel: str | None = Field(default=None, description="Takes over when a channel refuses for good.")
    retention: RetentionSettings = Field(default_factory=RetentionSettings, description="How long things are kept.")

    @property
    def bot_state_dir(self) -> Path:
        """Where the bot's guard keeps its latch."""
        return self.data_dir / "bots" / self.bot.name
