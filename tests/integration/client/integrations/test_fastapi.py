"""The ASGI middleware under a real uvicorn, over loopback."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import APIRouter, BackgroundTasks, FastAPI, WebSocket
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from websockets.sync.client import connect

from asgi_server import served
from deskwatch.client import Registry
from deskwatch.client.integrations.fastapi import MetricsApp, RequestMetrics, watch_fastapi
from deskwatch.client.service import ServiceMetrics
from deskwatch.errors import MissingExtraError
from doc_blocks import doc_blocks, run_block
from exposed import label_values, parsed, samples
from running_server import PATIENCE_SECONDS, eventually


class Gates:
    """Events on which the application waits, so that a test says when it goes on."""

    def __init__(self) -> None:
        self.slow, self.stream, self.background = (threading.Event() for _ in range(3))
        self.background_done = threading.Event()


async def passed(gate: threading.Event) -> None:
    await asyncio.to_thread(gate.wait, PATIENCE_SECONDS)


async def hello(request: Request) -> Response:
    return PlainTextResponse("hello")


def add_routes(app: FastAPI, static: Path) -> None:
    inner, outer, tenant = APIRouter(prefix="/deep/{zone}"), APIRouter(prefix="/v1"), FastAPI()

    @app.get("/products/{product_id}")
    def product(product_id: int) -> int:
        return product_id

    @app.get("/files/{path:path}")
    def file(path: str) -> str:
        return path

    @inner.get("/items/{item}")
    async def item(zone: str, item: int) -> int:
        return item

    @tenant.get("/leaf/{leaf}")
    async def leaf(leaf: str) -> str:
        return leaf

    outer.include_router(inner, prefix="/in")
    outer.mount("/shop/{tenant}", tenant)
    app.include_router(outer, prefix="/api")
    app.mount("/tenants/{tenant}", tenant)
    app.mount("/static", StaticFiles(directory=static))
    app.add_route("/plain/{word}", hello)


def add_slow_routes(app: FastAPI, gates: Gates) -> None:
    @app.get("/slow")
    async def slow() -> None:
        await passed(gates.slow)

    @app.get("/stream")
    async def stream() -> StreamingResponse:
        async def parts() -> AsyncIterator[bytes]:
            yield b"first"
            await passed(gates.stream)
            yield b"last"

        return StreamingResponse(parts())

    @app.post("/background")
    async def background(tasks: BackgroundTasks) -> str:
        async def later() -> None:
            await passed(gates.background)
            gates.background_done.set()
            raise LookupError("in the background")

        tasks.add_task(later)
        return "accepted"


def add_odd_routes(app: FastAPI) -> None:
    @app.get("/boom")
    async def boom() -> None:
        raise ZeroDivisionError

    @app.websocket("/ws")
    async def ws(socket: WebSocket) -> None:
        await socket.accept()
        await socket.send_text("hello")
        await socket.close()


@pytest.fixture
def gates() -> Iterator[Gates]:
    made = Gates()
    yield made
    for gate in (made.slow, made.stream, made.background):
        gate.set()


@pytest.fixture
def service() -> ServiceMetrics:
    return ServiceMetrics(Registry())


@pytest.fixture
def client(gates: Gates, service: ServiceMetrics, tmp_path: Path) -> Iterator[httpx.Client]:
    (tmp_path / "style.css").write_text("a")
    app = FastAPI()
    add_routes(app, tmp_path)
    add_slow_routes(app, gates)
    add_odd_routes(app)
    watch_fastapi(app, service)
    with served(app) as url, httpx.Client(base_url=url) as client:
        yield client


Count = Callable[[str], float]


@pytest.fixture
def count(service: ServiceMetrics) -> Count:
    """Return the value of a series once it is there."""
    return lambda series: float(
        str(eventually(lambda: samples(service.registry).get(series), f"{series} in {samples(service.registry)}"))
    )


@pytest.mark.parametrize(
    "case",
    [
        ("/products/17", "/products/{product_id}", 200),
        ("/products/none", "/products/{product_id}", 422),
        ("/files/a/b/c.txt", "/files/{path}", 200),
        ("/api/v1/in/deep/9/items/7", "/api/v1/in/deep/{zone}/items/{item}", 200),
        ("/tenants/42/leaf/3", "/tenants/{tenant}/leaf/{leaf}", 200),
        ("/tenants/leaf/leaf/leaf", "/tenants/{tenant}/leaf/{leaf}", 200),
        ("/tenants/42/missing", "/tenants/{tenant}/*", 404),
        ("/api/shop/7/leaf/7", "/api/shop/{tenant}/leaf/{leaf}", 200),
        ("/plain/word", "/plain/{word}", 200),
        ("/static/style.css", "/static/*", 200),
        ("/docs", "/docs", 200),
        ("/wp-login.php", "unmatched", 404),
        ("/products/17/more", "unmatched", 404),
    ],
)
def test_the_endpoint_is_the_template_of_the_route(
    case: tuple[str, str, int], client: httpx.Client, service: ServiceMetrics, count: Count
) -> None:
    path, endpoint, status = case
    assert client.get(path).status_code == status
    assert count(f"http_requests_total{{method=GET,endpoint={endpoint},status={status}}}") == 1
    assert count(f"http_request_duration_seconds_count{{method=GET,endpoint={endpoint}}}") == 1
    assert label_values(samples(service.registry), "endpoint") == {endpoint}


def test_a_thousand_paths_are_two_endpoints(client: httpx.Client, service: ServiceMetrics) -> None:
    for number in range(500):
        client.get(f"/products/{number}")
        client.get(f"/scan/{number}")
    assert label_values(samples(service.registry), "endpoint") == {"/products/{product_id}", "unmatched"}


def test_a_method_that_the_route_does_not_take_is_its_405(client: httpx.Client, count: Count) -> None:
    assert client.request("DELETE", "/products/1").status_code == 405
    assert client.request("PROPFIND", "/products/1").status_code == 405
    labels = "endpoint=/products/{product_id}"
    assert count(f"http_requests_total{{method=DELETE,{labels},status=405}}") == 1
    assert count(f"http_requests_total{{method=other,{labels},status=405}}") == 1
    assert count(f"http_errors_total{{method=other,{labels},type=client_error}}") == 1


def test_a_request_is_in_progress_with_its_route_until_it_is_answered(
    client: httpx.Client, gates: Gates, service: ServiceMetrics, count: Count
) -> None:
    asking = threading.Thread(target=client.get, args=("/slow",))
    asking.start()
    assert count("http_requests_in_progress{method=GET,endpoint=/slow}") == 1
    gates.slow.set()
    asking.join()
    assert samples(service.registry)["http_requests_in_progress{method=GET,endpoint=/slow}"] == 0


def test_an_exception_is_a_500_counted_by_its_class(client: httpx.Client, count: Count) -> None:
    assert client.get("/boom").status_code == 500
    assert count("http_requests_total{method=GET,endpoint=/boom,status=500}") == 1
    assert count("http_errors_total{method=GET,endpoint=/boom,type=ZeroDivisionError}") == 1


def test_a_stream_is_in_progress_up_to_its_last_byte(
    client: httpx.Client, gates: Gates, service: ServiceMetrics, count: Count
) -> None:
    with client.stream("GET", "/stream") as answer:
        parts = answer.iter_raw()
        assert next(parts) == b"first"
        assert count("http_requests_in_progress{method=GET,endpoint=/stream}") == 1
        assert "http_requests_total{method=GET,endpoint=/stream,status=200}" not in samples(service.registry)
        gates.stream.set()
        assert next(parts) == b"last"
    assert count("http_requests_total{method=GET,endpoint=/stream,status=200}") == 1


def test_a_client_that_leaves_in_mid_stream_leaves_nothing_in_progress(
    client: httpx.Client, gates: Gates, service: ServiceMetrics, count: Count
) -> None:
    with client.stream("GET", "/stream") as answer:
        assert next(answer.iter_raw()) == b"first"
    assert count("http_requests_total{method=GET,endpoint=/stream,status=200}") == 1
    gates.stream.set()
    assert samples(service.registry).get("http_requests_in_progress{method=GET,endpoint=/stream}", 0) == 0


def test_a_background_task_is_no_part_of_the_request_and_its_exception_is_counted(
    client: httpx.Client, gates: Gates, service: ServiceMetrics, count: Count
) -> None:
    assert client.post("/background").status_code == 200
    assert count("http_requests_total{method=POST,endpoint=/background,status=200}") == 1
    assert not gates.background_done.is_set()
    gates.background.set()
    assert count("http_errors_total{method=POST,endpoint=/background,type=LookupError}") == 1
    assert samples(service.registry)["http_requests_total{method=POST,endpoint=/background,status=200}"] == 1


def test_a_websocket_is_left_alone(client: httpx.Client, service: ServiceMetrics) -> None:
    with connect(str(client.base_url).replace("http", "ws") + "/ws") as socket:
        assert socket.recv() == "hello"
    assert "http_requests_total" not in str(samples(service.registry))


def test_the_application_answers_with_its_metrics_and_does_not_count_that(client: httpx.Client) -> None:
    client.get("/products/1")
    answer = client.get("/metrics")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    got = parsed(answer.text)
    assert got["http_requests_total{method=GET,endpoint=/products/{product_id},status=200}"] == 1
    assert label_values(got, "endpoint") == {"/products/{product_id}"}


def test_starlette_with_mounts_below_a_root_path_gives_the_same_templates(service: ServiceMetrics) -> None:
    mounts = Mount("/shops/{shop}", routes=[Mount("/v2", routes=[Route("/stock/{number:int}", hello)])])
    app = Starlette(routes=[mounts, Route("/", hello), Route("/metrics", MetricsApp(service.registry))])
    app.add_middleware(RequestMetrics, metrics=service, uncounted=["/metrics"])

    async def below(scope: dict, receive: object, send: object) -> None:  # type: ignore[type-arg]
        prefixed = {**scope, "root_path": "/behind", "path": "/behind" + scope["path"]} if "path" in scope else scope
        await app(prefixed, receive, send)  # type: ignore[arg-type]

    with served(below) as url:
        for path in ("/shops/berlin/v2/stock/007", "/shops/v2/v2/stock/2", "/", "/none"):
            httpx.get(url + path)
    got = samples(service.registry)
    assert got["http_requests_total{method=GET,endpoint=/shops/{shop}/v2/stock/{number},status=200}"] == 2
    assert got["http_requests_total{method=GET,endpoint=/,status=200}"] == 1
    assert got["http_requests_total{method=GET,endpoint=unmatched,status=404}"] == 1


def test_without_starlette_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "starlette", None)
    with pytest.raises(MissingExtraError, match=r"deskwatch\[fastapi\]"):
        watch_fastapi(FastAPI())


def test_the_documented_example_runs(tmp_path: Path) -> None:
    (block,) = doc_blocks("docs/integrations/fastapi.md")
    done = run_block(block, tmp_path)
    assert done.returncode == 0, done.stderr
    (promised,) = doc_blocks("docs/integrations/fastapi.md", "text")
    assert set(promised.splitlines()) <= set(done.stdout.splitlines())
