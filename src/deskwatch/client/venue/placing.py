"""One order on its way to a venue: was it sent, and is its fate known?

Way:     an integration says what left and what was answered → [placing] → sent, accepted, rejected or *unknown*.
Source:  what may have reached the venue is unknown until the venue was asked:
         https://developers.binance.com/docs/derivatives/usds-margined-futures/general-info#http-return-codes
"""

from __future__ import annotations

from enum import StrEnum


class Outcome(StrEnum):
    """What became of an order that was to be placed; the value is the label ``status``."""

    SENT = "sent"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    UNKNOWN = "unknown"
    REFUSED = "refused"
    FILLED = "filled"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class Placing:
    """What is known of the requests of one order.

    Attributes:
        sent: A request that may place it has left.
        status: The HTTP status of the last answer; ``None`` while there is none.
    """

    __slots__ = ("_open", "sent", "status")

    def __init__(self) -> None:
        self.sent = False
        self.status: int | None = None
        self._open = False

    def leaves(self) -> None:
        """Take note that a request leaves; one before it that was not answered stays open for good."""
        self.sent, self.status, self._open = True, None, self._open or self.lost

    @property
    def lost(self) -> bool:
        """Whether the last request has no answer that says what became of it."""
        return self.sent and (self.status is None or self.status >= 500 or self.status == 408)

    @property
    def unknown(self) -> bool:
        """Whether any request of this order may have been carried out without our knowing."""
        return self._open or self.lost
