"""Bad input: said at once, with file, line, key, value and what would be right; nothing was started."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

Run = Callable[[Sequence[str]], subprocess.CompletedProcess[str]]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            "scrape:\n  intervall: 5s\n",
            "deskwatch.yaml:2: scrape.intervall: unknown key 'intervall'; did you mean 'interval'?",
        ),
        ("scrape:\n  interval: 30\n", "deskwatch.yaml:2: scrape.interval: must be a duration such as 30s, 5m or 1h30m"),
        ("rules:\n  files: [nope.yaml]\n", "deskwatch.yaml:2: rules.files[0]: no file matches 'nope.yaml'"),
        ("listen: 0.0.0.0:9990\n", "a public address needs tls and password"),
        ("channels: {x: {kind: pigeon}}\n", "deskwatch.yaml:1: channels.x"),
    ],
)
def test_a_setting_that_cannot_be_used(deskwatch: Run, tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "deskwatch.yaml").write_text(text)
    done = deskwatch(["run", "--", "python", "-c", "print('started')"])
    assert done.returncode == 2
    assert says in done.stderr
    assert not (tmp_path / "deskwatch-data").exists()


def test_a_rule_that_cannot_be_run(deskwatch: Run, tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text(
        "groups:\n  - name: g\n    rules:\n      - alert: A\n        expr: holt_winters(x)\n"
    )
    (tmp_path / "deskwatch.yaml").write_text("rules: {files: [rules.yaml]}\n")
    done = deskwatch(["up"])
    assert done.returncode == 2
    assert "rules.yaml:5: groups[0].rules[0].expr: cannot be evaluated" in done.stderr
    assert "holt_winters" in done.stderr


def test_a_port_in_use(deskwatch: Run, tmp_path: Path) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        done = deskwatch(["up", "--listen", f"127.0.0.1:{port}"])
    assert done.returncode == 2
    assert f"port {port} of 127.0.0.1 is in use by" in done.stderr
    assert not (tmp_path / "deskwatch-data").exists()


@pytest.mark.parametrize(("command", "status"), [("no-such-program", 127), ("./plain.txt", 126)])
def test_a_command_that_cannot_be_run(deskwatch: Run, tmp_path: Path, command: str, status: int) -> None:
    (tmp_path / "plain.txt").write_text("x")
    done = deskwatch(["run", "--", command])
    assert done.returncode == status
    assert command.removeprefix("./") in done.stderr
    assert not (tmp_path / "deskwatch-data").exists()


def test_init_writes_what_runs_and_replaces_nothing(deskwatch: Run, tmp_path: Path) -> None:
    assert deskwatch(["init"]).returncode == 0
    before = (tmp_path / "deskwatch.yaml").read_text()
    again = deskwatch(["init"])
    assert again.returncode == 2
    assert "is there already; --force replaces it" in again.stderr
    assert (tmp_path / "deskwatch.yaml").read_text() == before
