"""Write the pages of docs/reference that are told by the code: settings, commands, metrics and dialects.

python scripts/build_reference.py          write them
python scripts/build_reference.py --check  exit 1 when they are not current
"""

from __future__ import annotations

import ast
import io
import subprocess
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from deskwatch.catalog.dialects.names import DIALECTS
from deskwatch.catalog.dialects.row import Row
from deskwatch.catalog.domains import metrics_by_domain
from deskwatch.catalog.metric import Metric
from deskwatch.config import settings_table

FOLDER = Path(__file__).parents[1] / "docs/reference"
SOURCE = Path(__file__).parents[1] / "src/deskwatch"
COMMANDS = (
    "run",
    "up",
    "init",
    "demo",
    "query",
    "guard status",
    "guard halt",
    "guard reduce",
    "guard reset",
    "fills import",
    "fills export",
    "check rules",
    "test rules",
)


def settings_page() -> str:
    """Return the table of all settings."""
    out = io.StringIO()
    out.write("# Settings\n\n`deskwatch init` writes a commented `deskwatch.yaml`. Every setting of it:\n\n")
    out.write("| setting | default | what it does |\n|---|---|---|\n")
    for row in settings_table():
        default = f"`{row.default}`" if row.default else ""
        out.write(f"| `{row.key}` | {default} | {row.help} |\n")
    out.write("\nA secret is a reference, never a value: `env:NAME` or `file:PATH`.\n")
    return out.getvalue()


def commands_page() -> str:
    """Return what each command says of itself."""
    out = io.StringIO()
    out.write(
        "# Commands\n\nExit codes: 0 done, 1 failed, 2 a setting or option cannot be used, 3 another server holds the\n"
    )
    out.write(
        "data directory, 70 a fault of deskwatch, 126 and 127 the bot's command cannot be run. `run` otherwise ends\n"
    )
    out.write("with the bot's own exit code.\n")
    for command in COMMANDS:
        said = subprocess.run(
            [sys.executable, "-m", "deskwatch", *command.split(), "--help"],
            capture_output=True,
            text=True,
            check=True,
            env={"COLUMNS": "100", "TERM": "dumb", "PATH": "/usr/bin:/bin", "NO_COLOR": "1"},
        ).stdout
        text = "\n".join(line.rstrip() for line in said.strip().splitlines())
        out.write(f"\n## deskwatch {command}\n\n```text\n{text}\n```\n")
    return out.getvalue()


def metrics_page() -> str:
    """Return every metric of the client, from the catalogue, and of the server, as its code declares them."""
    out = io.StringIO()
    out.write("# Metrics\n\n## In the bot\n\n")
    out.write(
        "What the recorders expose, by domain; the scrape adds `job`, `instance` and `bot`. A process exposes only\n"
    )
    out.write("what its recorders declare, and with a dialect the names of [that system](../recorders/dialects.md).\n")
    for domain, metrics in metrics_by_domain().items():
        out.write(f"\n### {domain}\n\n{_first_line(domain)}\n\n")
        out.write("| metric | type | labels | unit | what it says |\n|---|---|---|---|---|\n")
        for metric in metrics:
            labels = ", ".join(f"`{label}`" for label in metric.labels)
            out.write(f"| `{metric.name}` | {metric.kind} | {labels} | {metric.unit} | {metric.help} |\n")
        out.writelines(_buckets(metric) for metric in metrics if metric.buckets)
    out.write("\nWhat could not be used is counted in `deskwatch_client_drops_total{reason}`.\n")
    out.write(
        "\n## Of the server\n\nWhat the server tells of itself on `/metrics`; a counter's name ends in `_total`.\n\n"
    )
    out.write("| metric | type | labels | what it says |\n|---|---|---|---|\n")
    for name, (kind, labels, text) in sorted(_server_metrics().items()):
        out.write(f"| `{name}` | {kind} | {labels} | {text} |\n")
    out.write("\nOf a supervised bot, whether it is instrumented or not: `bot_up`, `bot_process_cpu_seconds_total`,\n")
    out.write(
        "`bot_process_resident_memory_bytes`, `bot_restarts_total`, `bot_state{state}`, `bot_log_lines_total{level}`.\n"
    )
    out.write("Of a target: `up`, `scrape_duration_seconds`, `scrape_samples_scraped`.\n")
    return out.getvalue()


def _first_line(domain: str) -> str:
    return str(import_module(f"deskwatch.catalog.metrics.{domain}").__doc__).splitlines()[0].replace("``", "`")


def _buckets(metric: Metric) -> str:
    return f"\nBuckets of `{metric.name}`: {', '.join(f'{bound:g}' for bound in metric.buckets)}.\n"


def dialects_page() -> str:
    """Return what each dialect exposes, and which metric of the catalogue feeds it."""
    out = io.StringIO()
    out.write(
        "# Dialects\n\nWhat `dialect=` exposes instead of the names in [Metrics](metrics.md), and what feeds it;\n"
    )
    out.write("[how to use one](../recorders/dialects.md). `{currency}` is the account's, in small letters.\n")
    for dialect in filter(_is_written, DIALECTS):
        rows = import_module(f"deskwatch.catalog.dialects.{dialect}").ROWS
        if not rows:
            out.write(
                f"\n## {dialect}\n\nIts names are those in [Metrics](metrics.md); `ServiceMetrics` records them.\n"
            )
            continue
        out.write(f"\n## {dialect}\n\n| metric | type | labels | unit | from |\n|---|---|---|---|---|\n")
        for row in rows:
            labels = ", ".join(f"`{label}`" for label in row.target.labels)
            out.write(f"| `{row.target.name}` | {row.target.kind} | {labels} | {row.target.unit} | {_source(row)} |\n")
    return out.getvalue()


def _is_written(dialect: str) -> bool:
    return find_spec(f"deskwatch.catalog.dialects.{dialect}") is not None


def _source(row: Row) -> str:
    chosen = [
        f'{label}="{value if isinstance(value, str) else " or ".join(value)}"' for label, value in row.where.items()
    ]
    selector = "{" + ", ".join(chosen) + "}" if chosen else ""
    scale = f" times {row.factor:g}" if row.factor != 1 else f" divided by {row.per:,.0f}" if row.per != 1 else ""
    return f"`{row.source.name}{selector}`{scale}"


def _server_metrics() -> dict[str, tuple[str, str, str]]:
    found = {}
    for path in (SOURCE / "server").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and _declares(node):
                name, text, *rest = [ast.literal_eval(argument) for argument in _plain(node)]
                kind = node.func.id.removesuffix("MetricFamily")
                labels = ", ".join(f"`{label}`" for label in (rest[0] if rest else ()))
                found[f"{name}_total" if kind == "Counter" else name] = (kind.lower(), labels, text)
    return found


def _plain(call: ast.Call) -> list[ast.expr]:
    labels = [keyword.value for keyword in call.keywords if keyword.arg == "labels"]
    return [argument for argument in call.args if isinstance(argument, ast.Constant | ast.List)] + labels


def _declares(call: ast.Call) -> bool:
    first = call.args[0] if len(call.args) >= 2 else None
    return isinstance(first, ast.Constant) and str(first.value).startswith("deskwatch_")


def main() -> int:
    """Write the pages, or say which are not current."""
    pages = {
        FOLDER / "settings.md": settings_page(),
        FOLDER / "commands.md": commands_page(),
        FOLDER / "metrics.md": metrics_page(),
        FOLDER / "dialects.md": dialects_page(),
    }
    if "--check" in sys.argv:
        stale = [path for path, text in pages.items() if not path.exists() or path.read_text() != text]
        for path in stale:
            print(f"not current: {path.name}; run scripts/build_reference.py", file=sys.stderr)
        return 1 if stale else 0
    for path, text in pages.items():
        path.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
