"""Write the pages of docs/reference that are told by the code: settings and commands.

python scripts/build_reference.py          write them
python scripts/build_reference.py --check  exit 1 when they are not current
"""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

from deskwatch.config import settings_table

FOLDER = Path(__file__).parents[1] / "docs/reference"
COMMANDS = ("run", "up", "init", "demo", "guard status", "guard reset")


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


def main() -> int:
    """Write the pages, or say which are not current."""
    pages = {FOLDER / "settings.md": settings_page(), FOLDER / "commands.md": commands_page()}
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
