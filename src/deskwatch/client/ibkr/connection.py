"""Record the connection: from the bot to TWS, and from TWS to the servers.

Way:     ib_async's events and the messages of TWS → [connection] → IbkrMetrics.
"""

from __future__ import annotations

from typing import Any, Final

from deskwatch.client.ibkr.codes import MessageKind
from deskwatch.client.ibkr.metrics import IbkrMetrics

_COUNTED: Final = (MessageKind.CONNECTION_FAILED, MessageKind.DATA_LOST)


class Connection:
    """Counts each failure once, although TWS and ib_async both tell of it.

    Args:
        client: ib_async's ``Client``.
        metrics: Where it is recorded.
        connected: Whether there is a connection already.
    """

    def __init__(self, client: Any, metrics: IbkrMetrics, *, connected: bool) -> None:  # noqa: ANN401  (ib_async's)
        self._client = client
        self._metrics = metrics
        self._had_one = connected
        self._servers_lost = False
        self._told = False
        self._sent = client.conn.numMsgSent
        metrics.record_connected(connected)

    def connected(self) -> None:
        """Take note of a connection that was made, and made ready."""
        if self._had_one:
            self._metrics.record_reconnection()
        self._had_one, self._told, self._servers_lost = True, False, False
        self._metrics.record_connected(connected=True)

    def disconnected(self) -> None:
        """Take note of a connection that ended, by the bot's own doing or not."""
        self._metrics.record_connected(connected=False)

    def failed(self, message: str) -> None:  # noqa: ARG002  (the event has it)
        """Take note that ib_async lost a connection or could not make one."""
        client = self._client
        if client.isReady():
            self._metrics.record_connection_error()
        elif client.connState == client.CONNECTED:
            return  # TWS hung up during the greeting: the attempt will be told as failed
        elif not self._told:
            self._metrics.record_connection_error()
        self._told = False

    def message(self, kind: MessageKind) -> None:
        """Take note of what TWS says of its connections."""
        metrics = self._metrics
        if kind is MessageKind.PACING:
            metrics.record_pacing_violation()
        elif kind in _COUNTED:
            metrics.record_connection_error()
            self._told = kind is MessageKind.CONNECTION_FAILED  # ib_async will tell of an attempt as well
        elif kind is MessageKind.CONNECTION_LOST:
            metrics.record_connected(connected=False)
            if not self._servers_lost:
                self._servers_lost = True
                metrics.record_connection_error()
        elif kind is MessageKind.CONNECTION_RESTORED and self._servers_lost:
            self._servers_lost = False
            metrics.record_reconnection()
            metrics.record_connected(connected=True)

    def count_calls(self) -> None:
        """Count what was sent to TWS since the last look; ib_async begins anew with each connection."""
        sent = self._client.conn.numMsgSent
        if sent != self._sent:
            self._metrics.record_call(sent - self._sent if sent > self._sent else sent)
            self._sent = sent
