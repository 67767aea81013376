"""``deskwatch query``: ask a running server, or any Prometheus, and show the answer in the terminal."""

from __future__ import annotations

import json as json_module
import math
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

from cyclopts import Parameter

from deskwatch.errors import ConfigError, QueryError, QueryReason

if TYPE_CHECKING:
    import httpx

POINTS: Final = 120
"""Of a chart, unless a step is given: about what a terminal has columns."""

CHART_ROWS: Final = 20
TICKS: Final = 5
MAX_LINES: Final = 8
"""More lines than this are a tangle; the others are counted."""

TIMEOUT_SECONDS: Final = 10.0


def query(
    expr: Annotated[str, Parameter(help="PromQL.")],
    *,
    range: Annotated[str | None, Parameter(help="Show this long up to now, such as 1h, as a chart in UTC.")] = None,  # noqa: A002
    step: Annotated[str | None, Parameter(help="Between two points of the range, such as 15s.")] = None,
    url: Annotated[str | None, Parameter(help="The server (default: the one of the settings).")] = None,
    config: Annotated[Path | None, Parameter(help="Settings (default: ./deskwatch.yaml if it is there).")] = None,
    json: Annotated[bool, Parameter(negative="", help="The server's own JSON.")] = False,
) -> None:
    """Ask a PromQL expression; a table, or with --range a chart. --url may be any Prometheus.

    Example: `deskwatch query 'trading_drawdown_ratio' --range 6h`
    """
    from deskwatch.model import parse_duration_ms

    if step is not None and range is None:
        raise ConfigError("goes with --range, which was not given", key="--step")
    parameters: dict[str, object] = {"query": expr}
    if range is not None:
        span_seconds = _seconds("--range", range, parse_duration_ms)
        step_seconds = _seconds("--step", step, parse_duration_ms) if step else max(span_seconds / POINTS, 1.0)
        now = time.time()
        parameters |= {"start": now - span_seconds, "end": now, "step": step_seconds}
    data = _ask(url, config, "query" if range is None else "query_range", parameters)
    if json:
        print(json_module.dumps(data))
    elif range is None:
        _show_table(data)
    else:
        _show_chart(expr, data["result"])


def _seconds(option: str, text: str, parse: Any) -> float:  # noqa: ANN401  (imported late)
    try:
        duration_ms: int = parse(text)
    except ValueError as error:
        raise ConfigError(str(error), key=option) from None
    if duration_ms <= 0:
        raise ConfigError("must be longer than 0s", key=option)
    return duration_ms / 1000


def _ask(url: str | None, config: Path | None, path: str, parameters: Mapping[str, object]) -> dict[str, Any]:
    import httpx

    client = _client(url, config)
    base = str(client.base_url).rstrip("/")
    try:
        with client:
            answer = client.post(f"/api/v1/{path}", data=parameters)
        body = answer.json()
    except httpx.HTTPError as error:
        said = str(error) or type(error).__name__
        raise ConfigError(f"no server answers at {base} ({said}); is deskwatch running there?", key="--url") from None
    except ValueError:
        raise ConfigError(f"{base} is no Prometheus, it answered {answer.status_code}", key="--url") from None
    if body.get("status") != "success":
        raise QueryError(str(body.get("error", body)), reason=QueryReason.BAD_DATA)
    data: dict[str, Any] = body["data"]
    return data


def _client(url: str | None, config: Path | None) -> httpx.Client:
    """Return a client of any Prometheus, told nothing of ours, or of the server of the settings."""
    import httpx

    if url is not None:
        return httpx.Client(base_url=url, timeout=TIMEOUT_SECONDS)
    from deskwatch.cli.asking import client_of, url_of
    from deskwatch.cli.given import settings_from

    settings = settings_from(config)
    return client_of(settings, url_of(settings), TIMEOUT_SECONDS)


def _show_table(data: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    out = Console(highlight=False)
    if data["resultType"] in ("scalar", "string"):
        out.print(data["result"][1], markup=False)
        return
    table = Table("series", "value", box=None, header_style="dim")
    table.columns[1].justify = "right"
    for row in data["result"]:
        values = [row["value"]] if "value" in row else row["values"]
        table.add_row(_escaped(_name(row["metric"])), "\n".join(value for _, value in values))
    out.print(table if data["result"] else "no series", markup=False)


def _show_chart(expr: str, result: Sequence[dict[str, Any]]) -> None:
    import plotext

    if not result:
        print("no series")
        return
    plotext.clear_figure()
    plotext.theme("clear")
    plotext.plotsize(None, CHART_ROWS)
    plotext.title(expr)
    for row in result[:MAX_LINES]:
        points = [(float(ts), float(value)) for ts, value in row["values"] if math.isfinite(float(value))]
        if points:
            plotext.plot(*zip(*points, strict=True), label=_name(row["metric"]), marker="braille")
    plotext.xticks(*_ticks(result))
    print(plotext.uncolorize(plotext.build()))
    if len(result) > MAX_LINES:
        print(f"and {len(result) - MAX_LINES} more series; aggregate, or choose one")


def _ticks(result: Sequence[dict[str, Any]]) -> tuple[list[float], list[str]]:
    """Return where the time axis has marks, and their texts in UTC."""
    times = [float(ts) for row in result for ts, _ in row["values"]]
    first, span = min(times), max(times) - min(times)
    places = [first + span * part / (TICKS - 1) for part in range(TICKS)]
    form = "%H:%M:%S" if span < 3600 else "%H:%M" if span < 86_400 else "%m-%d %H:%M"
    return places, [time.strftime(form, time.gmtime(place)) for place in places]


def _name(metric: Mapping[str, str]) -> str:
    inner = ", ".join(f'{name}="{value}"' for name, value in sorted(metric.items()) if name != "__name__")
    return f"{metric.get('__name__', '')}{{{inner}}}"


def _escaped(text: str) -> str:
    from rich.markup import escape

    return escape(text)
