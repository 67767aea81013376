from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import trustme

from deskwatch.client.transport import MAX_REPLY_BYTES, Answer, Reply, exchange


class Peer:
    """Takes one connection, keeps the request, and answers with these bytes."""

    def __init__(self, answer: bytes, tls: ssl.SSLContext | None = None) -> None:
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.place = f"127.0.0.1:{self.listening.getsockname()[1]}"
        self.request = b""
        self._answer = answer
        self._tls = tls
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self) -> None:
        try:
            peer, _ = self.listening.accept()
            with self._tls.wrap_socket(peer, server_side=True) if self._tls else peer as peer:
                while not self.request.endswith(b"body"):  # what is left unread resets the connection
                    self.request += peer.recv(65536)
                peer.sendall(self._answer)
        except OSError:
            return  # the client went away, as it should when it trusts nobody


@pytest.fixture
def peer() -> Iterator[Callable[..., Peer]]:
    peers: list[Peer] = []

    def make(answer: bytes, tls: ssl.SSLContext | None = None) -> Peer:
        peers.append(Peer(answer, tls))
        return peers[-1]

    yield make
    for one in peers:
        one.listening.close()
        one.thread.join(5)


def ask(peer: Peer, scheme: str = "http", ca_file: str | None = None) -> Reply:
    return exchange("PUT", f"{scheme}://{peer.place}/a?b=c", b"body", {"X": "y"}, timeout_seconds=2, ca_file=ca_file)


def test_a_request_is_sent_as_it_was_given(peer: Callable[..., Peer]) -> None:
    one = peer(b"HTTP/1.1 204 No Content\r\n\r\n")
    assert ask(one).status == 204
    assert one.request.startswith(b"PUT /a?b=c HTTP/1.1\r\n")
    assert b"\r\nX: y\r\n" in one.request


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        (b"Content-Length: 5\r\n\r\nhello", b"hello"),
        (b"Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\n\r\n", b"hello"),
        (b"\r\nhello", b"hello"),
        (b"Content-Length: 9\r\n\r\nhello", b"hello"),
        (b"Content-Length: -5\r\n\r\nhello", b"hello"),
        (b"Transfer-Encoding: chunked\r\n\r\nzz\r\nhello", b""),
    ],
    ids=["length", "chunks", "until the end", "cut off", "odd length", "odd chunk"],
)
def test_the_body_is_read_however_it_comes(peer: Callable[..., Peer], answer: bytes, body: bytes) -> None:
    reply = ask(peer(b"HTTP/1.1 400 Bad Request\r\nRetry-After: 7\r\n" + answer))
    assert (reply.status, reply.body, reply.headers["retry-after"]) == (400, body, "7")
    assert reply.answer is Answer.REFUSED


@pytest.mark.parametrize("answer", [b"", b"SSH-2.0-x\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n"])
def test_what_is_no_http_raises_what_the_caller_expects(peer: Callable[..., Peer], answer: bytes) -> None:
    with pytest.raises((OSError, ValueError)):
        ask(peer(answer))


def test_an_answer_without_end_is_cut(peer: Callable[..., Peer]) -> None:
    reply = ask(peer(b"HTTP/1.1 500 Oh\r\n\r\n" + b"x" * (4 * MAX_REPLY_BYTES)))
    assert reply.answer is Answer.RETRY
    assert len(reply.body) < 2 * MAX_REPLY_BYTES


def test_https_trusts_only_whom_it_is_told_to(peer: Callable[..., Peer], tmp_path: Path) -> None:
    authority = trustme.CA()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    ca_file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(ca_file))
    ok = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    assert ask(peer(ok, tls), "https", str(ca_file)).answer is Answer.TAKEN
    with pytest.raises(ssl.SSLCertVerificationError):
        ask(peer(ok, tls), "https")
