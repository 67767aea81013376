"""Real Redis, PostgreSQL and Prometheus exporters, on free loopback ports, with their data in a temporary folder."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.request import urlopen

from running_server import eventually

PROGRAM_USER = "postgres"
"""PostgreSQL refuses to run as root, so root lends it this user, which Debian's package makes."""


def free_port() -> int:
    """Return a port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def redis_server(program: str) -> Iterator[str]:
    """Run a Redis of one's own and give its URL, ``redis://127.0.0.1:<port>/0``."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="deskwatch-redis-") as folder:
        command = [program, "--port", str(port), "--bind", "127.0.0.1", "--dir", folder, "--save", ""]
        with _running(command, lambda: _redis_answers(port)):
            yield f"redis://127.0.0.1:{port}/0"


@contextmanager
def postgres_server(program: str) -> Iterator[str]:
    """Run a PostgreSQL of one's own and give the URL of an empty database, ``postgresql://postgres@127.0.0.1:…``.

    Anybody on this machine may connect, as superuser ``postgres``. SQLAlchemy wants ``postgresql+psycopg://``.
    """
    port, binaries = free_port(), Path(program).parent
    user = PROGRAM_USER if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="deskwatch-postgres-"))
    try:
        if user:
            shutil.chown(folder, user)
        data = str(folder / "data")
        _run_as(
            user, [str(binaries / "initdb"), "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"]
        )
        command = [program, "-D", data, "-p", str(port), "-h", "127.0.0.1", "-k", str(folder), "-F"]
        ready = [str(binaries / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
        with _running(command, lambda: subprocess.run(ready, check=False).returncode == 0, user=user):
            yield f"postgresql://postgres@127.0.0.1:{port}/postgres"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def metrics_program(
    program: str, arguments: Sequence[str] = (), environment: Mapping[str, str] | None = None
) -> Iterator[str]:
    """Run an exporter of the Prometheus project and give the URL of its metrics."""
    address = f"127.0.0.1:{free_port()}"
    url = f"http://{address}/metrics"
    command = [program, f"{_listen_option(program)}={address}", *arguments]
    with _running(command, lambda: _serves(url), environment=environment):
        yield url


def _listen_option(program: str) -> str:
    # redis_exporter is the one that is not of the project, and has its options with one dash.
    return "-web.listen-address" if "redis" in Path(program).name else "--web.listen-address"


@contextmanager
def _running(
    command: Sequence[str],
    ready: Callable[[], bool],
    *,
    user: str | None = None,
    environment: Mapping[str, str] | None = None,
) -> Iterator[None]:
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            command,
            stdout=output,
            stderr=output,
            user=user,
            group=user,
            cwd="/",
            env={**os.environ, **(environment or {})},
        )

        def is_ready() -> bool:
            if process.poll() is not None:
                output.seek(0)
                raise RuntimeError(f"{command[0]} ended with {process.returncode}: {output.read().decode()}")
            return ready()

        try:
            eventually(is_ready, f"{command[0]} is ready")
            yield
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(10)
            process.kill()
            process.wait()


def _run_as(user: str | None, command: Sequence[str]) -> None:
    done = subprocess.run(command, user=user, group=user, cwd="/", capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]} ended with {done.returncode}: {done.stderr}")


def _redis_answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), 5) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
    except OSError:
        return False


def _serves(url: str) -> bool:
    try:
        with urlopen(url, timeout=10) as answer:
            return bool(answer.read())
    except OSError:
        return False
