"""What a channel is: something that takes a message, or says with a closed reason why not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from deskwatch.server.alerting.notify.message import Message


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to deliver a message.

    Attributes:
        key: The same for every try of the same message, so that a receiver can drop repeats.
        number: Counts the tries from 1.
        now_ms: Wall time.
    """

    key: str
    number: int
    now_ms: int


@dataclass(frozen=True, slots=True)
class Receipt:
    """The service took the message.

    Attributes:
        external_id: The service's number for it, where it gives one.
    """

    external_id: str | None = None


class Notifier(Protocol):
    """Delivers messages through one channel."""

    @property
    def name(self) -> str:
        """The channel's name in the settings."""
        ...

    @property
    def kind(self) -> str:
        """What sort of channel: ``console``, ``webhook``, ``telegram``."""
        ...

    @property
    def has_dedup_key(self) -> bool:
        """Whether the receiver drops repeats by :attr:`Attempt.key`; else they are marked in the text."""
        ...

    async def send(self, message: Message, attempt: Attempt) -> Receipt:
        """Deliver the message once.

        Raises:
            DeliveryError: The service did not take it, or may not have.
        """
        ...

    async def close(self) -> None:
        """Close what the channel holds open; nothing is sent afterwards."""
        ...
