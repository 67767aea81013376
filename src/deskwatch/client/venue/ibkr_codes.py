"""What the error codes of Interactive Brokers' TWS API mean for an order and for the connection.

Source:  https://interactivebrokers.github.io/tws-api/message_codes.html and
         https://ibkrcampus.com/campus/ibkr-api-page/twsapi-doc/#api-error-codes
"""

from __future__ import annotations

from typing import Final

from deskwatch.client.venue.reasons import ConnectionReason, RejectReason

CONNECTION_LOST: Final = frozenset({1100, 2110})
"""Between TWS and the servers; the socket to TWS may well stand."""
CONNECTION_RESTORED: Final = frozenset({1101, 1102})
CANCELLED: Final = frozenset({202, 161, 10147, 10148})
"""An order was cancelled, or could not be any more: no reject."""

MAX_RATE_EXCEEDED: Final = 100
ORDER_REJECTED: Final = 201

_CONNECTION: Final = {
    326: ConnectionReason.CLIENT_ID,
    501: ConnectionReason.CLIENT_ID,
    502: ConnectionReason.REFUSED,
    504: ConnectionReason.REFUSED,
    507: ConnectionReason.LOST,
    509: ConnectionReason.NETWORK,
    1100: ConnectionReason.LOST,
    1300: ConnectionReason.LOST,
    2103: ConnectionReason.DATA,
    2105: ConnectionReason.DATA,
    2110: ConnectionReason.LOST,
    2157: ConnectionReason.DATA,
}
_REJECTS: Final = {
    MAX_RATE_EXCEEDED: RejectReason.RATE_LIMIT,
    203: RejectReason.AUTH,
    460: RejectReason.AUTH,
}
_HISTORICAL_SERVICE: Final = 162
_REALTIME_PACING: Final = 420


def connection_reason(code: int) -> ConnectionReason | None:
    """Return why the connection, or a data farm behind it, is not there; ``None`` if the code says nothing of it."""
    return _CONNECTION.get(code)


def api_error_reason(said: str) -> ConnectionReason:
    """Return why the socket to TWS failed, from ib_async's own words."""
    low = said.lower()
    if "refused" in low:
        return ConnectionReason.REFUSED
    if "already in use" in low:
        return ConnectionReason.CLIENT_ID
    if "timeout" in low:
        return ConnectionReason.TIMEOUT
    return ConnectionReason.LOST if "closed" in low else ConnectionReason.NETWORK


def is_pacing_violation(code: int, said: str) -> bool:
    """Say whether TWS refused something as too much."""
    return code in (MAX_RATE_EXCEEDED, _REALTIME_PACING) or (code == _HISTORICAL_SERVICE and "pacing" in said.lower())


def reject_reason(code: int, said: str) -> RejectReason:
    """Return why an order was not taken; 201 says it only in words."""
    if code != ORDER_REJECTED:
        return _REJECTS.get(code, RejectReason.INVALID_ORDER)
    low = said.lower()
    if any(word in low for word in ("insufficient", "margin", "available funds", "equity")):
        return RejectReason.INSUFFICIENT_FUNDS
    return RejectReason.MARKET_CLOSED if "closed" in low else RejectReason.EXCHANGE_ERROR
