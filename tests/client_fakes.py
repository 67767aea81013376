"""What the tests of the client share."""

from __future__ import annotations

from typing import Any


class CollectingLink:
    """Keeps the records that it was sent, in order."""

    def __init__(self) -> None:
        self.records: list[dict[str, Any]] = []
        self.heeded: list[Any] = []

    def send(self, record: dict[str, Any], *, urgent: bool = False) -> None:
        self.records.append({**record, "urgent": urgent})

    def announce(self, metrics_url: str | None, now_ms: int) -> None:
        self.records.append({"kind": "hello", "metrics_url": metrics_url, "ts_ms": now_ms})

    def heed(self, guard: Any) -> None:
        self.heeded.append(guard)

    def close(self, timeout_seconds: float = 2.0) -> bool:
        return True

    def of_kind(self, kind: str) -> list[dict[str, Any]]:
        return [record for record in self.records if record["kind"] == kind]


class ManualSeconds:
    """A wall clock in seconds that moves only when told to."""

    def __init__(self, now: float = 1_641_038_400.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now
