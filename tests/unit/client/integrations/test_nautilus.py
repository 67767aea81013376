from __future__ import annotations

import pytest

from deskwatch import Registry, TradingMetrics
from deskwatch.client.integrations.nautilus import deskwatch_actor
from deskwatch.errors import DeskwatchError


def test_without_nautilus_the_error_says_what_to_install() -> None:
    with pytest.raises(DeskwatchError, match="pip install nautilus_trader"):
        deskwatch_actor(TradingMetrics(registry=Registry()), "BINANCE", currency="USDT")
