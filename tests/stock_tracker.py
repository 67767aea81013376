"""A stock tracker as its users would write it: FastAPI, SQLAlchemy, redis-py and Celery, watched by deskwatch."""

from __future__ import annotations

from typing import Any

import redis
from celery import Celery
from fastapi import FastAPI, HTTPException
from sqlalchemy import create_engine, text
from starlette.concurrency import run_in_threadpool

from deskwatch import HostMetrics, Registry, ServiceMetrics
from deskwatch.client.integrations.fastapi import watch_fastapi
from deskwatch.client.integrations.redis import watch_redis
from deskwatch.client.integrations.sqlalchemy import watch_sqlalchemy

TABLE = "create table if not exists product (id integer primary key, name text)"


class StockTracker:
    """The web application, and what it leans on."""

    def __init__(self, database: str, cache: str, broker: str) -> None:
        self.service = ServiceMetrics(Registry())
        self.host = HostMetrics(self.service.registry)
        self.engine = create_engine(database)
        self.cache = redis.from_url(cache)
        self.celery = Celery("web", broker=broker)
        watch_sqlalchemy(self.engine, self.service, database="products")
        watch_redis(self.cache, self.service)
        self.web = self._web()
        with self.engine.begin() as connection:
            connection.execute(text(TABLE))

    def _web(self) -> FastAPI:
        app = FastAPI()
        watch_fastapi(app, self.service)

        @app.get("/products/{product_id}")
        async def product(product_id: int) -> str:
            name = await run_in_threadpool(self.name_of, product_id)
            if name is None:
                raise HTTPException(404)
            return name

        @app.post("/products/{product_id}")
        def add(product_id: int) -> None:
            with self.engine.begin() as connection:
                row = {"id": product_id, "name": f"product {product_id}"}
                connection.execute(text("insert into product values (:id, :name)"), row)
            self.celery.send_task("add", args=(product_id, 1))
            self.service.record_products("acme", product_id)

        @app.post("/sync/{platform}")
        def sync(platform: str) -> None:
            with self.service.sync(platform), self.service.sheets("append"):
                if platform == "ebay":
                    self.service.record_api_error(platform, "rate_limit")
                    raise ConnectionError("too many calls")

        return app

    def name_of(self, product_id: int) -> Any:
        """Ask the cache, then the database."""
        key = f"product:{product_id}"
        name = self.cache.get(key)
        if name is not None:
            return name.decode()
        with self.engine.connect() as connection:
            query = text("select name from product where id = :id")
            name = connection.execute(query, {"id": product_id}).scalar()
        if name is not None:
            self.cache.set(key, name)
        return name

    def close(self) -> None:
        """Let go of what it leans on."""
        with self.engine.begin() as connection:
            connection.execute(text("drop table product"))
        self.engine.dispose()
        self.cache.close()
        self.celery.close()
