"""What the user set: deskwatch.yaml as checked, frozen values.

Way:     deskwatch.yaml -> [config] -> wiring, which hands each stage its section.
"""

from deskwatch.config.load import default_settings, load, loads
from deskwatch.config.routes import Route, route_tree
from deskwatch.config.scalars import ListenAddress
from deskwatch.config.secret import Secret
from deskwatch.config.settings import (
    AlertingSettings,
    BotSettings,
    ChannelSettings,
    ConsoleChannel,
    ReceiverSettings,
    RestartSettings,
    RetentionSettings,
    RouteSettings,
    RulesSettings,
    ScrapeSettings,
    Settings,
    TargetSettings,
    TelegramChannel,
    TlsSettings,
    WebhookChannel,
)
from deskwatch.config.template import Setting, render_rules_example, render_template, settings_table

__all__ = [
    "AlertingSettings",
    "BotSettings",
    "ChannelSettings",
    "ConsoleChannel",
    "ListenAddress",
    "ReceiverSettings",
    "RestartSettings",
    "RetentionSettings",
    "Route",
    "RouteSettings",
    "RulesSettings",
    "ScrapeSettings",
    "Secret",
    "Setting",
    "Settings",
    "TargetSettings",
    "TelegramChannel",
    "TlsSettings",
    "WebhookChannel",
    "default_settings",
    "load",
    "loads",
    "render_rules_example",
    "render_template",
    "route_tree",
    "settings_table",
]
