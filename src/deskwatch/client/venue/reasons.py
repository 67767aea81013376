"""Why a venue did not take an order, and why it could not be reached; the values are the label ``reason``."""

from __future__ import annotations

from enum import StrEnum


class RejectReason(StrEnum):
    """Why an order was not taken.

    ``RISK`` is the bot's own risk engine, ``NETWORK`` an order that never left. What may or may not have reached the
    venue is *unknown* and no reject at all.
    """

    INSUFFICIENT_FUNDS = "insufficient_funds"
    RATE_LIMIT = "rate_limit"
    AUTH = "auth"
    INVALID_ORDER = "invalid_order"
    MARKET_CLOSED = "market_closed"
    RISK = "risk"
    NETWORK = "network"
    EXCHANGE_ERROR = "exchange_error"
    OTHER = "other"


class ConnectionReason(StrEnum):
    """Why a request or a connection failed before the venue judged it.

    ``LOST`` is a connection that had been there, ``DATA`` a feed behind a connection that still is, ``CLIENT_ID`` one
    that somebody else uses.
    """

    REFUSED = "refused"
    LOST = "lost"
    TIMEOUT = "timeout"
    UNAVAILABLE = "unavailable"
    AUTH = "auth"
    DATA = "data"
    CLIENT_ID = "client_id"
    NETWORK = "network"
    OTHER = "other"
