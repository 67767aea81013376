"""A command trusts the certificate of the settings, and no other of the same issuer."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
import trustme

from deskwatch.cli.asking import Running
from deskwatch.config import load
from deskwatch.errors import ActionError


class Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.end_headers()
        self.wfile.write(b'{"said": "yes"}')

    def log_message(self, *_: object) -> None:
        """Keep the output of the tests clean."""


@contextmanager
def serving(certificate: trustme.LeafCert) -> Iterator[str]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"https://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_chain_is_trusted_by_its_first_certificate_only(tmp_path: Path) -> None:
    issuer = trustme.CA()
    own, sibling = issuer.issue_cert("desk.example"), issuer.issue_cert("other.example")
    chain = "# für den Tisch\n".encode() + own.cert_chain_pems[0].bytes() + issuer.cert_pem.bytes()
    (tmp_path / "chain.pem").write_bytes(chain)
    own.private_key_pem.write_to_path(tmp_path / "key.pem")
    (tmp_path / "key.pem").chmod(0o600)
    (tmp_path / "deskwatch.yaml").write_text("tls: {cert_file: chain.pem, key_file: key.pem}\n")
    settings = load(tmp_path / "deskwatch.yaml")
    with serving(own) as url:
        assert Running(settings, url).get("/") == {"said": "yes"}
    with serving(sibling) as url, pytest.raises(ActionError, match="CERTIFICATE_VERIFY_FAILED"):
        Running(settings, url).get("/")
