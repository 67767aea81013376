"""A port in use is said at once, with its holder."""

from __future__ import annotations

import os

import pytest

from deskwatch.config import ListenAddress
from deskwatch.errors import ConfigError
from deskwatch.server.api.serving import bind


def test_a_port_in_use_is_said_with_who_holds_it() -> None:
    with bind(ListenAddress("127.0.0.1", 0)) as first:
        port = first.getsockname()[1]
        with pytest.raises(ConfigError, match=rf"port {port} of 127.0.0.1 is in use by .*\(pid {os.getpid()}\)"):
            bind(ListenAddress("127.0.0.1", port))


def test_a_foreign_address_is_said() -> None:
    with pytest.raises(ConfigError, match="is no address of this machine"):
        bind(ListenAddress("203.0.113.7", 9990))
