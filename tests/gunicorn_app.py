"""The application that gunicorn's workers of the tests answer with."""

from __future__ import annotations

import asyncio
import os

from fastapi import FastAPI

from deskwatch.client.integrations.fastapi import watch_fastapi

app = FastAPI()
watch_fastapi(app)


@app.get("/workers/{asked}")
async def worker(asked: int) -> int:
    """Say which process answers."""
    return os.getpid()


@app.get("/forever")
async def forever() -> None:
    """Never answer."""
    await asyncio.Event().wait()
