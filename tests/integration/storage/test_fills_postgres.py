"""The server's repository of fills on a real PostgreSQL: the same functions, the same rows, every digit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy import Connection, create_engine

from deskwatch.server.storage.state import fills
from deskwatch.server.storage.state.tables import metadata
from deskwatch.server.storage.state.transaction import Transaction
from services import postgres_server

pytestmark = pytest.mark.real

FILL = fills.Fill(
    bot="b",
    fill_id="f-1",
    ts_ms=1_641_038_400_123,
    market_ts_ms=None,
    strategy="s",
    symbol="BTC'; --",
    side="BUY",
    quantity=Decimal("0.12345678901234567890"),
    price=Decimal("40000.10"),
    fee=Decimal("-1E-8"),
    currency="USD",
    order_id="o\ud800",
    realized_pnl=Decimal(0),
    position_after=Decimal("0.12345678901234567890"),
)


@pytest.fixture(scope="module")
def connection(real_program: Callable[[str], str]) -> Iterator[Connection]:
    with postgres_server(real_program("postgres")) as url:
        engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
        metadata.create_all(engine)
        with engine.connect() as connection:
            yield connection
        engine.dispose()


def test_a_fill_is_kept_once_and_comes_back_whole(connection: Connection) -> None:
    with connection.begin():
        tx = Transaction(connection)
        assert fills.record(tx, FILL)
        assert not fills.record(tx, FILL)
        assert fills.record(
            tx, replace(FILL, fill_id="f-2", side="SELL", quantity=Decimal("0.1"), ts_ms=FILL.ts_ms + 1)
        )
    with connection.begin():
        first, second = fills.newest(connection, "b", 10)
        assert first == replace(FILL, order_id="o?")
        assert second.fill_id == "f-2"
        assert fills.newest(connection, "b", 1) == [second]
        assert fills.quantities(connection, "b") == {"BTC'; --": Decimal("0.02345678901234567890")}


def test_what_is_rolled_back_never_was(connection: Connection) -> None:
    transaction = connection.begin()
    assert fills.record(Transaction(connection), replace(FILL, fill_id="f-3"))
    transaction.rollback()
    with connection.begin():
        assert "f-3" not in {fill.fill_id for fill in fills.newest(connection, "b", 10)}
