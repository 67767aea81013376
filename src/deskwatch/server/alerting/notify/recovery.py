"""Put the outbox in order after a restart, however the last run ended."""

from __future__ import annotations

from collections.abc import Collection

from deskwatch.errors import DeliveryError, DeliveryReason
from deskwatch.server.alerting.notify.delivery import Outcome, mark_failed
from deskwatch.server.alerting.notify.retry import RetryPolicy
from deskwatch.server.storage.state import Transaction, outbox


def recover(tx: Transaction, channels: Collection[str], fallback: str | None, policy: RetryPolicy, now_ms: int) -> None:
    """Queue again what a crash left on the wire, and give up on channels that the settings no longer name.

    Args:
        tx: The transaction.
        channels: The channels there are.
        fallback: The channel that says what others cannot.
        policy: Bounds how far ahead a next try may lie.
        now_ms: Wall time, which even time equals at the start.
    """
    outbox.reopen_sending(tx)
    outbox.no_later_than(tx, now_ms + round(policy.longest_asked_seconds * 1000))
    for row in outbox.pending_elsewhere(tx.conn, channels):
        gone = DeliveryError(
            f"channel {row.channel} is not in the settings any more", reason=DeliveryReason.REJECTED, retryable=False
        )
        mark_failed(tx, row, gone, Outcome(now_ms, now_ms), fallback)
