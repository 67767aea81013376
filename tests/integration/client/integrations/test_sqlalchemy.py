"""SQLAlchemy on a real PostgreSQL, sync and async, by psycopg."""

from __future__ import annotations

import asyncio
import gc
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import (
    Column,
    Engine,
    Integer,
    MetaData,
    String,
    Table,
    create_engine,
    exc,
    insert,
    literal,
    select,
    text,
    update,
)
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from deskwatch.client import Registry
from deskwatch.client.integrations.sqlalchemy import watch_sqlalchemy
from deskwatch.client.service import ServiceMetrics
from deskwatch.errors import MissingExtraError
from doc_blocks import doc_blocks, run_block
from exposed import label_values, samples
from services import free_port

pytestmark = pytest.mark.real

product = Table("product", MetaData(), Column("id", Integer, primary_key=True), Column("name", String, unique=True))


@pytest.fixture
def service() -> ServiceMetrics:
    return ServiceMetrics(Registry())


@pytest.fixture
def url(postgres_url: str) -> str:
    return postgres_url.replace("postgresql://", "postgresql+psycopg://")


@pytest.fixture
def engine(url: str, service: ServiceMetrics) -> Iterator[Engine]:
    engine = create_engine(url, pool_size=2, max_overflow=1, pool_timeout=0.1)
    product.metadata.create_all(engine)
    watch_sqlalchemy(engine, service, database="products")
    gc.collect()  # nothing but the engine keeps the watch alive
    yield engine
    product.metadata.drop_all(engine)
    engine.dispose()


def queries(service: ServiceMetrics, operation: str) -> float:
    series = f"database_query_duration_seconds_count{{database=products,operation={operation}}}"
    return samples(service.registry).get(series, 0)


def test_statements_are_timed_by_kind(engine: Engine, service: ServiceMetrics) -> None:
    with engine.begin() as connection:
        connection.execute(insert(product), [{"name": "a"}, {"name": "b"}])
        connection.execute(update(product).values(name="c").where(product.c.name == "b"))
        connection.execute(text("/* by hand */ DELETE FROM product WHERE name = 'c'"))
        assert connection.execute(select(product.c.name)).scalars().all() == ["a"]
        added = insert(product).values(name="d").returning(product.c.id).cte("added")
        connection.execute(select(added.c.id))
        connection.execute(insert(product).from_select(["name"], select(literal("e"))))
        connection.execute(text("lock table product in share mode"))
    counts = {kind: queries(service, kind) for kind in ("select", "insert", "update", "delete", "other")}
    assert counts == {"select": 2, "insert": 2, "update": 1, "delete": 1, "other": 1}


def test_the_duration_is_the_servers(engine: Engine, service: ServiceMetrics) -> None:
    with engine.connect() as connection:
        connection.execute(text("select pg_sleep(0.3)"))
    series = "database_query_duration_seconds_sum{database=products,operation=select}"
    assert 0.3 <= samples(service.registry)[series] < 2.0


def test_a_failure_is_counted_by_the_drivers_class_and_timed_once(engine: Engine, service: ServiceMetrics) -> None:
    for _ in range(2):
        with pytest.raises(exc.IntegrityError), engine.begin() as connection:
            connection.execute(insert(product), [{"name": "a"}, {"name": "a"}])
    with pytest.raises(exc.ProgrammingError), engine.begin() as connection:
        connection.execute(text("select * from nothing_of_this_name"))
    got = samples(service.registry)
    assert got["database_errors_total{database=products,type=UniqueViolation}"] == 2
    assert got["database_errors_total{database=products,type=UndefinedTable}"] == 1
    assert (queries(service, "insert"), queries(service, "select")) == (2, 1)
    assert got["database_transactions_total{database=products,outcome=rollback}"] == 3


def test_a_server_that_is_not_there_is_an_error_without_a_statement(service: ServiceMetrics) -> None:
    engine = create_engine(f"postgresql+psycopg://postgres@127.0.0.1:{free_port()}/gone")
    watch_sqlalchemy(engine, service)
    with pytest.raises(exc.OperationalError), engine.connect():
        pass
    assert samples(service.registry)["database_errors_total{database=gone,type=OperationalError}"] == 1


def test_the_pool_is_told_as_it_is_at_the_scrape(engine: Engine, service: ServiceMetrics) -> None:
    def pool() -> list[float]:
        got = samples(service.registry)
        return [got[f"database_connections_{kind}{{database=products}}"] for kind in ("active", "idle", "max")]

    with engine.connect(), engine.connect(), engine.connect():
        assert pool() == [3, 0, 3]
        with pytest.raises(exc.TimeoutError), engine.connect():
            pass
        assert pool() == [3, 0, 3]
    assert pool() == [0, 2, 3]
    engine.dispose()
    assert pool() == [0, 0, 3]


def test_commits_and_rollbacks_are_counted(engine: Engine, service: ServiceMetrics) -> None:
    with engine.begin() as connection:
        connection.execute(text("select 1"))
    with engine.connect() as connection:
        connection.execute(text("select 1"))
        connection.rollback()
    got = samples(service.registry)
    assert got["database_transactions_total{database=products,outcome=commit}"] == 1
    assert got["database_transactions_total{database=products,outcome=rollback}"] == 1


def test_an_async_engine_is_watched_as_well(url: str, service: ServiceMetrics) -> None:
    async def use() -> None:
        engine = create_async_engine(url, pool_size=4)
        watch_sqlalchemy(engine, service, database="products")

        async def ask() -> None:
            async with engine.connect() as connection:
                await connection.execute(text("select pg_sleep(0.2)"))

        await asyncio.gather(*(ask() for _ in range(4)))
        assert queries(service, "select") == 4
        assert samples(service.registry)["database_connections_idle{database=products}"] == 4
        await engine.dispose()

    asyncio.run(use())
    series = "database_query_duration_seconds_sum{database=products,operation=select}"
    assert 0.8 <= samples(service.registry)[series] < 4.0  # each its own time, though they ran at once


def test_an_engine_that_is_watched_twice_is_counted_once(engine: Engine, service: ServiceMetrics) -> None:
    watch_sqlalchemy(engine, service)
    with engine.connect() as connection:
        connection.execute(text("select 1"))
    assert queries(service, "select") == 1


def test_no_statement_becomes_a_label(engine: Engine, service: ServiceMetrics) -> None:
    with engine.connect() as connection:
        for number in range(300):
            connection.execute(text(f"select {number} as x{number}"))
            connection.execute(text(f"do $$ begin perform {number}; end $$"))
    assert label_values(samples(service.registry), "operation") == {"select", "other"}
    assert (queries(service, "select"), queries(service, "other")) == (300, 300)


def test_a_pool_without_connections_of_its_own_tells_of_none(url: str, service: ServiceMetrics) -> None:
    engine = create_engine(url, poolclass=NullPool)
    watch_sqlalchemy(engine, service, database="products")
    with engine.connect() as connection:
        connection.execute(text("select 1"))
    assert queries(service, "select") == 1
    assert samples(service.registry)["deskwatch_client_drops_total{reason=internal}"] == 0


def test_without_sqlalchemy_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sqlalchemy.event", None)
    with pytest.raises(MissingExtraError, match=r"deskwatch\[sqlalchemy\]"):
        watch_sqlalchemy(create_engine("sqlite://"))


def test_the_documented_example_runs(tmp_path: Path) -> None:
    (block,) = doc_blocks("docs/integrations/sqlalchemy.md")
    done = run_block(block, tmp_path)
    assert done.returncode == 0, done.stderr
    (promised,) = doc_blocks("docs/integrations/sqlalchemy.md", "text")
    assert set(promised.splitlines()) <= set(done.stdout.splitlines())
