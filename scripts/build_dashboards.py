"""Write the dashboards of the catalogue as Grafana JSON.

Way:     this script -> src/deskwatch/catalog/dashboards/*.json -> pages of deskwatch, and import into Grafana.
Source:  https://grafana.github.io/grafana-foundation-sdk/ (schemaVersion 42). The SDK only writes: reading a
         dashboard through it would drop what it does not know.

Run it after a change: ``python scripts/build_dashboards.py``. A test compares its output with the files.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

from grafana_foundation_sdk.builders import (
    annotationslist,
    common,
    dashboard,
    logs,
    loki,
    prometheus,
    stat,
    timeseries,
)
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import common as choices
from grafana_foundation_sdk.models import dashboard as models

FOLDER = Path(__file__).parent.parent / "src/deskwatch/catalog/dashboards"
Panel: TypeAlias = Builder[models.Panel]
METRICS = choices.DataSourceRef(type_val="prometheus", uid="${datasource}")
LOGS = choices.DataSourceRef(type_val="loki", uid="${logs}")
# The fewest seconds between two points: a desk looks at what happened just now.
FINEST = "1s"


def query(ref: str, expr: str, legend: str) -> prometheus.Dataquery:
    """Return one query of a panel; ``legend`` takes ``{{label}}``."""
    return prometheus.Dataquery().ref_id(ref).expr(expr).legend_format(legend).range()


def lines(title: str, place: models.GridPos, unit: str = "short") -> timeseries.Panel:
    """Return an empty panel of lines with what all our charts share."""
    legend = (
        common.VizLegendOptions()
        .show_legend(show_legend=True)
        .display_mode(choices.LegendDisplayMode.LIST)
        .placement(choices.LegendPlacement.BOTTOM)
        .calcs(["lastNotNull"])
    )
    return (
        timeseries.Panel()
        .title(title)
        .datasource(METRICS)
        .grid_pos(place)
        .interval(FINEST)
        .unit(unit)
        .line_width(2)
        .show_points(choices.VisibilityMode.NEVER)
        .span_nulls(span_nulls=False)
        .legend(legend)
        .tooltip(common.VizTooltipOptions().mode(choices.TooltipDisplayMode.MULTI).sort(choices.SortOrder.DESCENDING))
    )


def fixed(color: str) -> models.DynamicConfigValue:
    """Return the override that gives a series its colour."""
    return models.DynamicConfigValue(id_val="color", value={"mode": "fixed", "fixedColor": color})


def custom(name: str, value: object) -> models.DynamicConfigValue:
    """Return the override of one drawing option."""
    return models.DynamicConfigValue(id_val=f"custom.{name}", value=value)


def number(title: str, x: int, expr: str, *, unit: str, decimals: int, empty: str) -> stat.Panel:
    """Return a panel with one number, one of six in a row."""
    return (
        stat.Panel()
        .title(title)
        .datasource(METRICS)
        .grid_pos(models.GridPos(x=x, y=13, w=4, h=2))
        .unit(unit)
        .decimals(decimals)
        .no_value(empty)
        .graph_mode(choices.BigValueGraphMode.NONE)
        .color_mode(choices.BigValueColorMode.NONE)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
        .with_target(query("A", expr, ""))
    )


def equity() -> timeseries.Panel:
    """Return the equity of each strategy."""
    return (
        lines("Equity", models.GridPos(x=0, y=0, w=12, h=7))
        .decimals(2)
        .fill_opacity(8)
        .no_value("no equity yet: the bot has reported none in this time")
        .with_target(query("A", 'trading_equity{bot="$bot"}', "{{strategy}}"))
    )


def drawdown() -> timeseries.Panel:
    """Return the drawdown below the limit of the guard; the page adds the thresholds of the rules."""
    limit = [
        fixed("red"),
        custom("lineStyle", {"fill": "dash", "dash": [8, 6]}),
        custom("fillOpacity", 0),
        custom("lineWidth", 1),
    ]
    return (
        lines("Drawdown from the equity peak", models.GridPos(x=12, y=0, w=12, h=7), "percentunit")
        .decimals(1)
        .min(0)
        .fill_opacity(12)
        .no_value("no drawdown yet: the bot has reported no equity in this time")
        .with_target(query("A", 'trading_drawdown_ratio{bot="$bot"}', "{{strategy}}"))
        .with_target(query("B", 'guard_limit{bot="$bot",limit="max_drawdown"}', "guard halts {{strategy}}"))
        .override_by_query("B", limit)
    )


def profit() -> timeseries.Panel:
    """Return realised and unrealised profit."""
    return (
        lines("Profit and loss", models.GridPos(x=0, y=7, w=8, h=6))
        .decimals(2)
        .no_value("no profit or loss yet")
        .with_target(query("A", 'trading_pnl_realized{bot="$bot"}', "realised {{strategy}}"))
        .with_target(query("B", 'trading_pnl_unrealized{bot="$bot"}', "unrealised {{strategy}}"))
    )


def position() -> timeseries.Panel:
    """Return the position in each symbol, long above zero and short below."""
    return (
        lines("Position", models.GridPos(x=8, y=7, w=8, h=6))
        .line_interpolation(choices.LineInterpolation.STEP_AFTER)
        .fill_opacity(12)
        .no_value("no position yet")
        .with_target(query("A", 'trading_position_quantity{bot="$bot"}', "{{symbol}} {{strategy}}"))
    )


def activity() -> timeseries.Panel:
    """Return orders and fills a minute."""
    orders = 'sum by (status) (rate(trading_orders_total{bot="$bot"}[$__rate_interval])) * 60'
    fills = 'sum by (side) (rate(trading_fills_total{bot="$bot"}[$__rate_interval])) * 60'
    return (
        lines("Orders and fills a minute", models.GridPos(x=16, y=7, w=8, h=6), "suffix:/min")
        .min(0)
        .decimals(1)
        .no_value("no fills yet")
        .with_target(query("A", fills, "fills {{side}}"))
        .with_target(query("B", orders, "orders {{status}}"))
        .override_by_query("B", [custom("lineStyle", {"fill": "dash", "dash": [2, 4]})])
    )


def numbers() -> list[stat.Panel]:
    """Return the row of single numbers."""
    bot = 'bot="$bot"'
    gross = f"sum(trading_exposure_gross_ratio{{{bot}}})"
    return [
        number(
            "Win rate",
            0,
            f"avg(trading_win_ratio{{{bot}}})",
            unit="percentunit",
            decimals=1,
            empty="no closed trade yet",
        ),
        number("Closed trades", 4, f"sum(trading_trades_total{{{bot}}})", unit="none", decimals=0, empty="none yet"),
        number(
            "Fees paid",
            8,
            f"sum by (currency) (trading_fees_total{{{bot}}})",
            unit="short",
            decimals=2,
            empty="none yet",
        ),
        number("Gross exposure", 12, gross, unit="percentunit", decimals=0, empty="no position yet"),
        number(
            "CPU",
            16,
            f"rate(bot_process_cpu_seconds_total{{{bot}}}[1m])",
            unit="percentunit",
            decimals=1,
            empty="not known",
        ),
        number(
            "Memory", 20, f"bot_process_resident_memory_bytes{{{bot}}}", unit="bytes", decimals=0, empty="not known"
        ),
    ]


def alerts(y: int) -> dashboard.Panel:
    """Return the list of alerts; the SDK has no builder of its own for it."""
    options = {"viewMode": "list", "maxItems": 20, "sortOrder": 3, "showInactiveAlerts": False}
    return (
        dashboard.Panel()
        .type("alertlist")
        .title("Alerts")
        .grid_pos(models.GridPos(x=0, y=y, w=8, h=7))
        .options(options)
    )


def events(y: int) -> annotationslist.Panel:
    """Return what happened, newest first."""
    return (
        annotationslist.Panel()
        .title("What happened")
        .grid_pos(models.GridPos(x=8, y=y, w=7, h=7))
        .tags(["deskwatch"])
        .limit(50)
    )


def log_tail(y: int) -> logs.Panel:
    """Return the newest lines that the bot wrote."""
    return (
        logs.Panel()
        .title("Log")
        .datasource(LOGS)
        .grid_pos(models.GridPos(x=15, y=y, w=9, h=7))
        .show_time(show_time=True)
        .sort_order(choices.LogsSortOrder.ASCENDING)
        .with_target(loki.Dataquery().ref_id("A").expr('{bot="$bot"}'))
    )


def process_charts() -> list[timeseries.Panel]:
    """Return what is known of any process, whether it uses our client or not."""
    bot_ = 'bot="$bot"'
    cpu = lines("CPU, share of one core", models.GridPos(x=0, y=0, w=12, h=7), "percentunit")
    memory = lines("Memory", models.GridPos(x=12, y=0, w=12, h=7), "bytes")
    written = lines("Log lines a minute", models.GridPos(x=0, y=7, w=12, h=6), "suffix:/min")
    restarts = lines("Restarts since deskwatch started", models.GridPos(x=12, y=7, w=12, h=6))
    by_level = f"sum by (level) (rate(bot_log_lines_total{{{bot_}}}[$__rate_interval])) * 60"
    cpu_rate = f"rate(bot_process_cpu_seconds_total{{{bot_}}}[$__rate_interval])"
    resident = f"bot_process_resident_memory_bytes{{{bot_}}}"
    return [
        _filled(cpu.decimals(1)).with_target(query("A", cpu_rate, "CPU")),
        _filled(memory.decimals(1)).with_target(query("A", resident, "resident")),
        written.min(0).decimals(1).no_value("no log line yet").with_target(query("A", by_level, "{{level}}")),
        _filled(restarts.decimals(0)).with_target(query("A", f"bot_restarts_total{{{bot_}}}", "restarts")),
    ]


def _filled(panel: timeseries.Panel) -> timeseries.Panel:
    return panel.min(0).fill_opacity(12).no_value("not known yet")


def page(title: str, uid: str, description: str, panels: Sequence[Panel]) -> dashboard.Dashboard:
    """Return a dashboard about one bot, chosen by the variable ``bot``."""
    names = dashboard.QueryVariable("bot").label("Bot").datasource(METRICS)
    made = (
        dashboard.Dashboard(title)
        .uid(uid)
        .description(description)
        .tags(["deskwatch"])
        .refresh("2s")
        .time("now-15m", "now")
        .tooltip(models.DashboardCursorSync.CROSSHAIR)
        .with_variable(dashboard.DatasourceVariable("datasource").label("Metrics").type("prometheus"))
        .with_variable(dashboard.DatasourceVariable("logs").label("Logs").type("loki"))
        .with_variable(names.query("label_values(bot_up, bot)"))
    )
    for panel in panels:
        made = made.with_panel(panel)
    return made


def bot() -> dashboard.Dashboard:
    """Return the dashboard of a bot that uses our client."""
    charts = [equity(), drawdown(), profit(), position(), activity()]
    described = "One bot: equity and drawdown against its limits, position, orders, alerts and log."
    panels = [*charts, *numbers(), alerts(15), events(15), log_tail(15)]
    return page("Bot", "deskwatch-bot", described, panels)


def process() -> dashboard.Dashboard:
    """Return the dashboard of a bot of which only the process is known."""
    described = "One bot that reports no trading numbers: its process, alerts and log."
    panels = [*process_charts(), alerts(13), events(13), log_tail(13)]
    return page("Process", "deskwatch-process", described, panels)


def documents() -> dict[str, str]:
    """Return the text of each file by its name without ending."""
    return {"bot": _text(bot()), "process": _text(process())}


def _text(builder: dashboard.Dashboard) -> str:
    plain = json.loads(JSONEncoder(sort_keys=True).encode(builder.build()))
    for number_, panel in enumerate(plain["panels"], start=1):
        panel["id"] = number_
    return json.dumps(plain, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def main() -> None:
    """Write every file."""
    for name, text in documents().items():
        (FOLDER / f"{name}.json").write_text(text, "utf-8")


if __name__ == "__main__":
    main()
