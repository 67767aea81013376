"""A command that cannot start is told before anything starts."""

from __future__ import annotations

import pytest

from deskwatch.errors import CommandError
from deskwatch.server.supervise import bot_environment, resolve_command


@pytest.mark.parametrize(
    ("command", "status"),
    [([], 127), (["no-such-program"], 127), (["./nowhere"], 127), (["./plain"], 126), (["./folder"], 126)],
)
def test_the_status_is_a_shells(command, status, tmp_path):
    (tmp_path / "plain").write_text("x")
    (tmp_path / "folder").mkdir()
    with pytest.raises(CommandError) as caught:
        resolve_command(command, str(tmp_path), tmp_path)
    assert caught.value.exit_status == status


def test_a_program_is_found_in_path_and_in_the_folder(tmp_path):
    program = tmp_path / "bot"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    assert resolve_command(["bot", "-x"], str(tmp_path), tmp_path / "other") == [str(program), "-x"]
    assert resolve_command(["./bot"], "", tmp_path) == [str(program)]


def test_the_environment_has_what_the_client_reads_and_the_users_wins(tmp_path):
    environment = bot_environment(
        {"PATH": "/bin", "DESKWATCH_BOT": "old"},
        bot="demo",
        url="http://x",
        token="t",
        state_dir=tmp_path,
        extra={"PATH": "/b"},
    )
    assert environment == {
        "PYTHONUNBUFFERED": "1",
        "PATH": "/b",
        "DESKWATCH_BOT": "demo",
        "DESKWATCH_URL": "http://x",
        "DESKWATCH_TOKEN": "t",
        "DESKWATCH_STATE_DIR": str(tmp_path),
    }
