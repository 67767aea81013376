"""The gate: foreign pages, foreign names and the lack of a password, over HTTP and over sockets."""

from __future__ import annotations

from base64 import b64encode

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from deskwatch.config import Secret
from deskwatch.server.api.gate import Gate

HERE = "127.0.0.1:9990"


async def page(request: object) -> PlainTextResponse:
    return PlainTextResponse("in")


async def socket(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_text("in")
    await websocket.close()


def client(password: str | None = None) -> TestClient:
    routes = [
        Route("/page", page, methods=["GET", "POST"]),
        Route("/-/healthy", page),
        Route("/push", page, methods=["POST"]),
        WebSocketRoute("/socket", socket),
    ]
    secret = Secret(password) if password else None
    gate = Gate(Starlette(routes=routes), hosts={"127.0.0.1", "localhost"}, password=secret, bearer_paths={"/push"})
    return TestClient(gate, base_url=f"http://{HERE}")


def basic(password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + b64encode(f"me:{password}".encode()).decode()}


def test_the_own_page_may_read_and_post() -> None:
    assert client().get("/page").text == "in"
    assert client().post("/page", headers={"Origin": f"http://{HERE}"}).text == "in"
    assert client().get("/page", headers={"Host": "localhost:9990"}).text == "in"


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "http://127.0.0.1:8000", "http://127.0.0.1.evil.example"]
)
def test_a_page_of_another_site_may_not_post(origin: str) -> None:
    assert client().post("/page", headers={"Origin": origin}).status_code == 403


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "evil.example:9990"])
def test_a_foreign_name_that_resolves_here_is_turned_away(host: str) -> None:
    assert client().get("/page", headers={"Host": host}).status_code == 421


@pytest.mark.parametrize("origin", ["http://evil.example", "null"])
def test_a_foreign_page_cannot_open_a_socket(origin: str) -> None:
    with pytest.raises(WebSocketDisconnect), client().websocket_connect("/socket", headers={"Origin": origin}) as ours:
        ours.receive_text()


def test_the_own_page_can_open_a_socket() -> None:
    with client().websocket_connect("/socket", headers={"Origin": f"http://{HERE}", "Host": HERE}) as ours:
        assert ours.receive_text() == "in"


@pytest.mark.parametrize(
    "headers",
    [{}, basic("wrong"), {"Authorization": "Basic !!"}, {"Authorization": "Bearer right"}, {"Authorization": "Basic"}],
)
def test_without_the_password_nothing_is_answered(headers: dict[str, str]) -> None:
    answer = client("right").get("/page", headers=headers)
    assert (answer.status_code, answer.text == "in") == (401, False)
    assert answer.headers["www-authenticate"].startswith("Basic")


def test_with_the_password_all_is_open_and_sockets_ask_for_it_too() -> None:
    ours = client("right")
    assert ours.get("/page", headers=basic("right")).text == "in"
    with pytest.raises(WebSocketDisconnect), ours.websocket_connect("/socket", headers={"Host": HERE}) as socket_:
        socket_.receive_text()


def test_probes_and_paths_with_their_own_token_need_no_password() -> None:
    assert client("right").get("/-/healthy").text == "in"
    assert client("right").post("/push").text == "in"
