"""The real servers that other tests lean on are there, and are gone afterwards."""

from __future__ import annotations

import socket
from collections.abc import Callable
from urllib.parse import urlsplit
from urllib.request import urlopen

import psycopg
import pytest

from services import metrics_program, redis_server

pytestmark = pytest.mark.real


def test_postgres_answers_and_is_empty(postgres_url: str) -> None:
    with psycopg.connect(postgres_url) as connection:
        assert connection.execute("select count(*) from pg_stat_user_tables").fetchone() == (0,)


def test_a_redis_of_ones_own_is_gone_when_it_is_left(real_program: Callable[[str], str]) -> None:
    with redis_server(real_program("redis")) as url:
        address = ("127.0.0.1", urlsplit(url).port or 0)
        with socket.create_connection(address, 5) as connection:
            connection.sendall(b"DBSIZE\r\n")
            assert connection.recv(16) == b":0\r\n"
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address, 5)


def test_an_exporter_serves_metrics(real_program: Callable[[str], str]) -> None:
    with metrics_program(real_program("node_exporter")) as url, urlopen(url, timeout=10) as answer:
        assert b"node_load1 " in answer.read()
