"""Ask the deskwatch that runs, by the API that its pages use."""

from __future__ import annotations

import ssl
from typing import Any, Final

import httpx

from deskwatch.config import Settings
from deskwatch.errors import ActionError

TIMEOUT_SECONDS: Final = 5.0  # it answers within milliseconds, or it hangs
_ANY_ADDRESS: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  (listens there; is called here)
_BEGIN: Final = "-----BEGIN CERTIFICATE-----"
_END: Final = "-----END CERTIFICATE-----"


class Running:
    """The server of these settings.

    Args:
        settings: Where it listens, its certificate and its password.
        url: Where it is, if it is not where the settings say.
    """

    def __init__(self, settings: Settings, url: str | None = None) -> None:
        self.url = url or url_of(settings)
        self._client = client_of(settings, self.url)

    def get(self, path: str) -> dict[str, Any]:
        """Return the answer to a GET.

        Raises:
            ActionError: Nobody answers, or it was refused.
        """
        return self._send("GET", path, None)

    def post(self, path: str, body: dict[str, object]) -> dict[str, Any]:
        """Return the answer to a POST.

        Raises:
            ActionError: Nobody answers, or it was refused.
        """
        return self._send("POST", path, body)

    def _send(self, method: str, path: str, body: dict[str, object] | None) -> dict[str, Any]:
        try:
            answer = self._client.request(method, path, json=body)
            said = answer.json() if answer.headers.get("content-type", "").startswith("application/json") else None
        except httpx.TransportError as error:
            raise ActionError(
                f"no deskwatch answers at {self.url} ({error}); is it running, and with these settings? "
                "else say where with --url"
            ) from error
        except ValueError as error:
            raise ActionError(f"what answers at {self.url} is no deskwatch: {error}") from error
        if answer.is_success and isinstance(said, dict):
            return said
        reason = said.get("error") if isinstance(said, dict) else None
        raise ActionError(f"deskwatch at {self.url} refused ({answer.status_code}): {reason or answer.text[:200]}")


def client_of(settings: Settings, url: str, timeout_seconds: float = TIMEOUT_SECONDS) -> httpx.Client:
    """Return a client of the server at ``url`` that shows it the password of the settings."""
    password = settings.password
    return httpx.Client(
        base_url=url,
        timeout=timeout_seconds,
        verify=_pinned(settings),
        auth=("deskwatch", password.reveal()) if password is not None else None,
        trust_env=False,  # what is said to a guard goes through no proxy
    )


def url_of(settings: Settings) -> str:
    """Return where the server of the settings is called from this machine.

    Raises:
        ActionError: It listens on any free port.
    """
    if settings.listen.port == 0:
        raise ActionError("the settings let deskwatch listen on any free port; say where it is with --url")
    host = _ANY_ADDRESS.get(settings.listen.host, settings.listen.host)
    shown = f"[{host}]" if ":" in host else host
    return f"{'https' if settings.tls else 'http'}://{shown}:{settings.listen.port}"


def _pinned(settings: Settings) -> ssl.SSLContext | bool:
    """Trust the certificate of the settings and no other, under whatever name the server is called."""
    if settings.tls is None:
        return True
    chain = settings.tls.cert_file.read_text(encoding="latin-1")  # a comment in it may be in any language
    own = chain[chain.index(_BEGIN) : chain.index(_END) + len(_END)]  # the first is its own, after it come its issuers
    context = ssl.create_default_context(cadata=own)
    context.verify_flags |= ssl.VerifyFlags.VERIFY_X509_PARTIAL_CHAIN
    context.check_hostname = False
    return context
