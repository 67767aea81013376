"""``deskwatch query`` asks a running server and shows the answer in the terminal."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
import trustme

from running_server import Server, eventually


def query(server: Server, *arguments: str) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "deskwatch", "query", *arguments],
        cwd=server.folder,
        capture_output=True,
        text=True,
        check=False,
        env={"COLUMNS": "100", "PATH": "/usr/bin:/bin"},
    )
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def desk(server: Server) -> Server:
    (server.folder / "deskwatch.yaml").write_text(f"listen: 127.0.0.1:{server.port}\n")
    server.start("up")
    eventually(lambda: server.value("deskwatch_samples_series"), "the server has samples of its own")
    return server


def test_an_instant_is_a_table_and_a_range_a_chart(desk: Server) -> None:
    code, said, _ = query(desk, "deskwatch_samples_history + 41")
    assert code == 0
    assert said.split("\n")[1].split()[-1] == "42"
    code, said, _ = query(desk, "vector(7)", "--range", "1m")
    assert code == 0
    assert "vector(7)" in said
    assert "7.0┤" in said
    assert query(desk, "nothing_of_that_name")[1].strip() == "no series"


def test_json_is_the_servers_own(desk: Server) -> None:
    code, said, _ = query(desk, "vector(1)", "--json")
    assert code == 0
    assert json.loads(said)["result"][0]["value"][1] == "1"


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("sum(",), 1, "unclosed left parenthesis"),
        (("up", "--url", "http://127.0.0.1:1"), 2, "no server answers at http://127.0.0.1:1"),
        (("up", "--step", "1s"), 2, "goes with --range"),
        (("up", "--range", "1parsec"), 2, "must be a duration such as 30s, 5m or 1h30m, was '1parsec'"),
    ],
)
def test_what_cannot_be_asked_says_why(desk: Server, arguments: tuple[str, ...], code: int, says: str) -> None:
    ended, _, said = query(desk, *arguments)
    assert (ended, says in said) == (code, True), said


def test_a_server_with_a_certificate_of_its_own_and_a_password_is_asked_by_its_settings(server: Server) -> None:
    certificate = trustme.CA().issue_cert("desk.example")
    certificate.cert_chain_pems[0].write_to_path(server.folder / "cert.pem")
    certificate.private_key_pem.write_to_path(server.folder / "key.pem")
    (server.folder / "secret").write_text("a long enough password")
    for private in ("key.pem", "secret"):
        (server.folder / private).chmod(0o600)
    (server.folder / "deskwatch.yaml").write_text(
        f"listen: 0.0.0.0:{server.port}\ntls: {{cert_file: cert.pem, key_file: key.pem}}\npassword: file:secret\n"
    )
    with (server.folder / "output.txt").open("ab") as output:
        server.process = subprocess.Popen(
            [sys.executable, "-m", "deskwatch", "up"], cwd=server.folder, stdout=output, stderr=output
        )
    eventually(lambda: "deskwatch on https" in server.output(), "it listens")
    code, said, complaint = query(server, "vector(7)")
    assert (code, said.split()[-1:]) == (0, ["7"]), complaint
