"""What the message codes of TWS mean.

Source:  https://ibkrcampus.com/campus/ibkr-api-page/twsapi-doc/#api-error-codes and
         https://interactivebrokers.github.io/tws-api/message_codes.html
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class MessageKind(StrEnum):
    """What a message says; the value is the label ``kind``.

    ``ORDER_STANDS`` is about an order that goes on as it was, although ib_async takes some of these for its end.
    ``CONNECTION_FAILED`` is a connection that TWS will not have, ``CONNECTION_LOST`` the one from TWS to the servers,
    ``DATA_LOST`` one of its data farms.
    """

    ORDER_REJECTED = "order_rejected"
    ORDER_CANCELLED = "order_cancelled"
    ORDER_STANDS = "order_stands"
    ORDER_OTHER = "order_other"
    PACING = "pacing"
    CONNECTION_FAILED = "connection_failed"
    CONNECTION_LOST = "connection_lost"
    CONNECTION_RESTORED = "connection_restored"
    DATA_LOST = "data_lost"
    DATA_OK = "data_ok"
    OTHER = "other"


class Reject(StrEnum):
    """Why an order was not taken; the value is the label ``error_type`` of ``trading_order_errors_total``."""

    INSUFFICIENT_FUNDS = "insufficient_funds"
    RATE_LIMIT = "rate_limit"
    AUTH = "auth"
    INVALID_ORDER = "invalid_order"
    MARKET_CLOSED = "market_closed"
    NETWORK = "network"
    EXCHANGE_ERROR = "exchange_error"
    OTHER = "other"


_CODES: Final[dict[MessageKind, tuple[int, ...]]] = {
    MessageKind.ORDER_REJECTED: (
        201,  # order rejected, with the reason in words
        203,  # the security is not allowed for this account
    ),
    MessageKind.ORDER_CANCELLED: (
        202,  # order cancelled
        10147,  # an order to be cancelled is not found: there is none any more
    ),
    MessageKind.ORDER_STANDS: (
        104,  # a filled order cannot be modified
        105,  # a modification does not match the order
        134,  # a modification failed
        136,  # this order cannot be cancelled
        161,  # a cancel of an order that cannot be cancelled now
        329,  # a modification to another type of order
        399,  # a message about an order, such as when it will be worked
        404,  # held until shares are found to be sold short
        2109,  # an attribute is ignored
        2161,  # a price was capped
        10148,  # an order to be cancelled cannot be, as its state is what it is
        10311,  # a direct route costs more
        10349,  # the time in force was set from a preset: https://github.com/ib-api-reloaded/ib_async/issues/217
    ),
    MessageKind.PACING: (
        100,  # more than 50 messages a second
        420,  # real-time bars asked for too often
    ),
    MessageKind.CONNECTION_FAILED: (
        326,  # the client id is in use
        501,  # already connected
        502,  # no connection to TWS
        503,  # TWS is out of date
        504,  # not connected
        507,  # a message of a bad length: the socket is broken
        1300,  # the port was changed, the connection is dropped
    ),
    MessageKind.CONNECTION_LOST: (
        1100,  # TWS lost its servers
        2110,  # the same, and it will come back by itself
    ),
    MessageKind.CONNECTION_RESTORED: (
        1101,  # back, and subscriptions are lost
        1102,  # back, and subscriptions are kept
    ),
    MessageKind.DATA_LOST: (
        2103,  # a market data farm
        2105,  # a historical data farm
        2157,  # the farm of security definitions
    ),
    MessageKind.DATA_OK: (
        2104,  # a market data farm is there
        2106,  # a historical data farm is there
        2107,  # a historical data farm sleeps, and will come when it is asked
        2108,  # a market data farm sleeps likewise
        2119,  # a market data farm is being connected
        2158,  # the farm of security definitions is there
    ),
}

_KINDS: Final = {code: kind for kind, codes in _CODES.items() for code in codes}

HISTORICAL_DATA_ERROR: Final = 162
"""A pacing violation among many others, told apart only by its words."""

FILLED_MEANWHILE: Final = "cannot cancel the filled order"
"""How a reject (201) of a cancel, not of the order, begins."""

_NETWORK: Final = frozenset({502, 504, 1100, 2110})
_INVALID: Final = (range(103, 169), range(200, 201), range(300, 500), range(10_000, 20_000))
"""Codes by which TWS itself finds fault with an order, before any exchange sees it."""

_WORDS: Final = (  # the reasons of a 201 are words of the exchange or of the risk department
    (Reject.INSUFFICIENT_FUNDS, ("insufficient", "margin", "equity with loan", "available funds", "buying power")),
    (Reject.MARKET_CLOSED, ("closed", "halted", "dead exchange", "not open")),
    (Reject.AUTH, ("permission", "not allowed", "restricted", "not available or allowed")),
    (Reject.RATE_LIMIT, ("pacing", "max rate of messages", "too many")),
)


def kind_of(code: int, text: str, *, of_order: bool = False) -> MessageKind:
    """Return what a message says.

    Args:
        code: Its code.
        text: Its words; two codes need them.
        of_order: It is about an order, not about another request.
    """
    low = text.lower()
    if code == HISTORICAL_DATA_ERROR and "pacing" in low:
        return MessageKind.PACING
    if code == 201 and FILLED_MEANWHILE in low:
        return MessageKind.ORDER_STANDS
    return _KINDS.get(code, MessageKind.ORDER_OTHER if of_order else MessageKind.OTHER)


def reject_reason(code: int, text: str) -> Reject:
    """Return why an order was refused."""
    if code in _KINDS and kind_of(code, text) is MessageKind.PACING:
        return Reject.RATE_LIMIT
    if code in _NETWORK:
        return Reject.NETWORK
    low = text.lower()
    for reason, words in _WORDS:
        if any(word in low for word in words):
            return reason
    if code == 203:
        return Reject.AUTH
    if any(code in codes for codes in _INVALID):
        return Reject.INVALID_ORDER
    return Reject.EXCHANGE_ERROR if code == 201 else Reject.OTHER
