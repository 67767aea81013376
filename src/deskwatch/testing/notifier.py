"""A channel that keeps what it is given, and fails or hangs when told to."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

from deskwatch.errors import DeliveryError

if TYPE_CHECKING:
    from deskwatch.server.alerting.notify import Attempt, Message, Receipt


class CollectingNotifier:
    """Keeps every message that it takes.

    Args:
        name: The channel's name.
        has_dedup_key: Whether it claims to drop repeats by key.

    Attributes:
        sent: The messages that it took, with the try that brought each.
        tries: All tries, those that it refused too.
    """

    kind = "collecting"

    def __init__(self, name: str = "collector", *, has_dedup_key: bool = False) -> None:
        self.name = name
        self.has_dedup_key = has_dedup_key
        self.sent: list[tuple[Message, Attempt]] = []
        self.tries: list[Attempt] = []
        self._failures: deque[DeliveryError] = deque()
        self._hung: asyncio.Event | None = None

    def fail(self, *errors: DeliveryError) -> None:
        """Refuse the next tries with these errors, one each."""
        self._failures.extend(errors)

    def hang(self) -> None:
        """Answer no try until :meth:`let_go`."""
        self._hung = asyncio.Event()

    def let_go(self) -> None:
        """Answer again."""
        if self._hung is not None:
            self._hung.set()
        self._hung = None

    async def send(self, message: Message, attempt: Attempt) -> Receipt:
        """Take the message, or do as told.

        Raises:
            DeliveryError: As :meth:`fail` was told.
        """
        from deskwatch.server.alerting.notify import Receipt  # noqa: PLC0415 (the client alone has no server)

        self.tries.append(attempt)
        if self._hung is not None:
            await self._hung.wait()
        if self._failures:
            raise self._failures.popleft()
        self.sent.append((message, attempt))
        return Receipt(str(len(self.sent)))

    async def close(self) -> None:
        """Keep what was taken."""

    @property
    def titles(self) -> list[str]:
        """The titles of what it took, in order."""
        return [message.title for message, _ in self.sent]
