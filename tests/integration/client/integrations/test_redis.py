"""redis-py, sync and asyncio, against a real Redis."""

from __future__ import annotations

import asyncio
import gc
import sys
import weakref
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
import redis.asyncio

from deskwatch.client import Registry
from deskwatch.client.integrations.redis import watch_redis
from deskwatch.client.service import ServiceMetrics
from deskwatch.errors import MissingExtraError
from doc_blocks import doc_blocks, run_block
from exposed import label_values, samples
from services import free_port

pytestmark = pytest.mark.real


@pytest.fixture
def service() -> ServiceMetrics:
    return ServiceMetrics(Registry())


@pytest.fixture
def url(redis_url: str) -> str:
    return redis_url.removesuffix("/0") + "/5"


@pytest.fixture
def client(url: str, service: ServiceMetrics) -> Iterator[redis.Redis]:
    client = redis.from_url(url, decode_responses=True)
    client.flushdb()
    watch_redis(client, service)
    yield client
    client.close()


def of(service: ServiceMetrics, name: str) -> dict[str, float]:
    """Return the values of a family by its label ``command``."""
    prefix = f"{name}{{command="
    return {
        series.removeprefix(prefix).removesuffix("}"): value
        for series, value in samples(service.registry).items()
        if series.startswith(prefix)
    }


def test_commands_hits_and_misses_are_those_of_the_answers(client: redis.Redis, service: ServiceMetrics) -> None:
    assert client.set("a", "1") is True
    client.hset("h", mapping={"x": "1"})
    assert client.get("a") == "1"
    assert client.get("b") is None
    assert client.mget("a", "b", "c") == ["1", None, None]
    assert client.hget("h", "x") == "1"
    assert client.hmget("h", ["x", "y"]) == ["1", None]
    assert client.getdel("a") == "1"
    assert of(service, "cache_commands_total") == {
        "SET": 1, "HSET": 1, "GET": 2, "MGET": 1, "HGET": 1, "HMGET": 1, "GETDEL": 1,
    }  # fmt: skip
    assert of(service, "cache_hits_total") == {"GET": 1, "MGET": 1, "HGET": 1, "HMGET": 1, "GETDEL": 1}
    assert of(service, "cache_misses_total") == {"GET": 1, "MGET": 2, "HMGET": 1}


def test_hits_and_misses_are_what_the_server_itself_counts(
    client: redis.Redis, service: ServiceMetrics, url: str
) -> None:
    with redis.from_url(url) as other:
        before = other.info("stats")
        for number in range(50):
            client.set(f"k{number}", number)
        for number in range(80):
            client.get(f"k{number}")
        after = other.info("stats")
    assert of(service, "cache_hits_total")["GET"] == after["keyspace_hits"] - before["keyspace_hits"] == 50
    assert of(service, "cache_misses_total")["GET"] == after["keyspace_misses"] - before["keyspace_misses"] == 30


def test_the_commands_of_a_pipeline_are_counted_each_and_timed_as_one(
    client: redis.Redis, service: ServiceMetrics
) -> None:
    with client.pipeline() as pipeline:
        assert pipeline.set("a", "1") is pipeline
        pipeline.get("a").get("b")
        assert pipeline.execute() == [True, "1", None]
        assert pipeline.execute() == []
    assert of(service, "cache_commands_total") == {"SET": 1, "GET": 2}
    assert of(service, "cache_hits_total") == of(service, "cache_misses_total") == {"GET": 1}
    assert of(service, "cache_command_duration_seconds_count") == {"PIPELINE": 1, "SET": 0, "GET": 0}


def test_a_pipeline_that_fails_is_counted_by_the_class_of_its_error(
    client: redis.Redis, service: ServiceMetrics
) -> None:
    client.set("text", "a")
    with client.pipeline(transaction=False) as pipeline:
        pipeline.incr("text").get("text")
        answers = pipeline.execute(raise_on_error=False)
        assert isinstance(answers[0], redis.ResponseError)
        pipeline.incr("text")
        with pytest.raises(redis.ResponseError):
            pipeline.execute()
    got = samples(service.registry)
    assert got["cache_errors_total{command=INCRBY,type=ResponseError}"] == 1
    assert got["cache_errors_total{command=PIPELINE,type=ResponseError}"] == 1
    assert of(service, "cache_commands_total") == {"SET": 1, "INCRBY": 2, "GET": 1}


def test_a_transaction_that_watches_is_counted_where_it_asks_at_once(
    client: redis.Redis, service: ServiceMetrics
) -> None:
    def double(pipeline: redis.client.Pipeline) -> None:
        had = int(pipeline.get("n") or 0)
        pipeline.multi()
        pipeline.set("n", had * 2)

    client.set("n", 21)
    client.transaction(double, "n")
    assert client.get("n") == "42"
    assert of(service, "cache_commands_total") == {"SET": 2, "WATCH": 1, "GET": 2}


def test_locks_and_scripts_of_the_client_are_counted(client: redis.Redis, service: ServiceMetrics) -> None:
    with client.lock("lock", timeout=5):
        pass
    assert client.register_script("return 7")() == 7
    commands = of(service, "cache_commands_total")
    assert commands["SET"] == 1
    assert commands["EVALSHA"] >= 2


def test_a_server_that_is_not_there_is_an_error_by_its_class(service: ServiceMetrics) -> None:
    client = redis.Redis(port=free_port(), retry=None)
    watch_redis(client, service)
    with pytest.raises(redis.ConnectionError):
        client.get("a")
    got = samples(service.registry)
    assert got["cache_errors_total{command=GET,type=ConnectionError}"] == 1
    assert "GET" not in of(service, "cache_misses_total")


def test_no_key_and_no_odd_word_becomes_a_label(client: redis.Redis, service: ServiceMetrics) -> None:
    for number in range(100):
        with pytest.raises(redis.ResponseError):
            client.execute_command(f"éspion {number}")
    client.execute_command("config get", "maxmemory")
    client.client_setname("desk")
    assert label_values(samples(service.registry), "command") == {"OTHER", "CONFIG", "CLIENT"}


def test_only_the_client_that_was_handed_over_is_watched_and_only_once(
    client: redis.Redis, service: ServiceMetrics, url: str
) -> None:
    watch_redis(client, service)
    client.get("a")
    with redis.from_url(url) as other:
        other.get("a")
        assert type(other) is redis.Redis
    assert isinstance(client, redis.Redis)
    assert repr(client).startswith("<redis.client.Redis(")
    assert of(service, "cache_commands_total") == {"GET": 1}


def test_a_watched_client_is_freed_as_soon_as_it_is_let_go(url: str, service: ServiceMetrics) -> None:
    gc.collect()
    gc.disable()
    try:
        client = redis.from_url(url)
        watch_redis(client, service)
        pipeline = client.pipeline()
        pipeline.get("a").execute()
        client.close()
        left = [weakref.ref(client), weakref.ref(pipeline)]
        del client, pipeline
        assert [reference() for reference in left] == [None, None]
    finally:
        gc.enable()


def test_the_asyncio_client_is_counted_alike(url: str, service: ServiceMetrics) -> None:
    async def use() -> None:
        client = redis.asyncio.from_url(url, decode_responses=True)
        await client.flushdb()
        watch_redis(client, service)
        await client.set("a", "1")
        assert await asyncio.gather(client.get("a"), client.get("b")) == ["1", None]
        async with client.pipeline() as pipeline:
            assert pipeline.get("a") is pipeline
            assert await pipeline.mget("a", "b").execute() == ["1", ["1", None]]
            with pytest.raises(redis.ResponseError):
                await pipeline.incr("a").lpush("a", "x").execute()
        async with client.pipeline() as pipeline:
            await pipeline.watch("a")
            assert await pipeline.get("a") == "2"
        with pytest.raises(redis.ResponseError):
            await client.lpush("a", "x")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await client.blpop("none", timeout=30)
        await client.aclose()

    asyncio.run(use())
    got = samples(service.registry)
    assert of(service, "cache_commands_total") == {
        "SET": 1, "GET": 4, "MGET": 1, "INCRBY": 1, "LPUSH": 2, "WATCH": 1, "BLPOP": 1,
    }  # fmt: skip
    assert of(service, "cache_hits_total") == {"GET": 3, "MGET": 1}
    assert of(service, "cache_misses_total") == {"GET": 1, "MGET": 1}
    assert got["cache_errors_total{command=LPUSH,type=ResponseError}"] == 1
    assert got["cache_errors_total{command=PIPELINE,type=ResponseError}"] == 1
    assert got["cache_errors_total{command=BLPOP,type=CancelledError}"] == 1
    assert of(service, "cache_command_duration_seconds_count")["BLPOP"] == 1


def test_another_kind_of_client_is_refused() -> None:
    with pytest.raises(ValueError, match=r"a client is a redis\.Redis or a redis\.asyncio\.Redis, was dict"):
        watch_redis({})  # type: ignore[arg-type]


def test_without_redis_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, client: redis.Redis) -> None:
    monkeypatch.setitem(sys.modules, "redis", None)
    with pytest.raises(MissingExtraError, match=r"deskwatch\[redis\]"):
        watch_redis(client)


def test_the_documented_example_runs(url: str, client: redis.Redis, tmp_path: Path) -> None:
    (block,) = doc_blocks("docs/integrations/redis.md")
    done = run_block(block, tmp_path, {"REDIS_URL": url})
    assert done.returncode == 0, done.stderr
    (promised,) = doc_blocks("docs/integrations/redis.md", "text")
    assert set(promised.splitlines()) <= set(done.stdout.splitlines())
