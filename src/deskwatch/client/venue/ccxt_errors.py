"""Read ccxt's errors: why an order was not taken, why the venue was not reached, and whether an order's fate is known.

Errors are told by the names of their classes, so that nothing of ccxt is imported.

Source:  https://docs.ccxt.com/#/README?id=error-handling (the tree of errors)
"""

from __future__ import annotations

from typing import Final

from deskwatch.client.venue.placing import Placing
from deskwatch.client.venue.reasons import ConnectionReason, RejectReason

_REJECTS: Final = {  # the first that fits
    "InsufficientFunds": RejectReason.INSUFFICIENT_FUNDS,
    "RateLimitExceeded": RejectReason.RATE_LIMIT,
    "DDoSProtection": RejectReason.RATE_LIMIT,
    "AuthenticationError": RejectReason.AUTH,
    "InvalidNonce": RejectReason.AUTH,
    "MarketClosed": RejectReason.MARKET_CLOSED,
    "InvalidOrder": RejectReason.INVALID_ORDER,
    "BadRequest": RejectReason.INVALID_ORDER,
    "ArgumentsRequired": RejectReason.INVALID_ORDER,
    "NotSupported": RejectReason.INVALID_ORDER,
    "ExchangeError": RejectReason.EXCHANGE_ERROR,
    "OnMaintenance": RejectReason.EXCHANGE_ERROR,
    "OperationFailed": RejectReason.NETWORK,
}
_UNREACHED: Final = {
    "RequestTimeout": ConnectionReason.TIMEOUT,
    "ExchangeNotAvailable": ConnectionReason.UNAVAILABLE,
    "AuthenticationError": ConnectionReason.AUTH,
    "RateLimitExceeded": None,
    "DDoSProtection": None,
    "InvalidNonce": None,
    "NetworkError": ConnectionReason.NETWORK,
}
_JUDGED: Final = {"ExchangeError", "RateLimitExceeded", "DDoSProtection", "InvalidNonce", "OnMaintenance"}
"""By these a venue says no, also one that answers 200 to everything; all others leave open what became of the order."""


def _names(error: BaseException) -> set[str]:
    return {each.__name__ for each in type(error).__mro__}


def reject_reason(error: BaseException) -> RejectReason:
    """Return why an order was not taken."""
    names = _names(error)
    return next((reason for name, reason in _REJECTS.items() if name in names), RejectReason.OTHER)


def connection_reason(error: BaseException) -> ConnectionReason | None:
    """Return why a request failed, or ``None`` if the venue answered it."""
    names = _names(error)
    return next((reason for name, reason in _UNREACHED.items() if name in names), None)


def is_too_many(error: BaseException) -> bool:
    """Say whether the venue refused a request because there were too many."""
    return not _names(error).isdisjoint({"RateLimitExceeded", "DDoSProtection"})


def is_unknown(error: BaseException, placing: Placing) -> bool:
    """Say whether the order may stand at the venue although the call raised."""
    if not placing.sent:
        return False
    if placing.unknown:
        return True
    names = _names(error)
    refused_by_http = "ExchangeNotAvailable" in names and placing.status is not None and 400 <= placing.status < 500
    return names.isdisjoint(_JUDGED) and not refused_by_http
