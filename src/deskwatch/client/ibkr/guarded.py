"""Keep what goes wrong in the watch out of ib_async's event loop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from deskwatch.client import diagnostics
from deskwatch.client.metrics import DropReason, Drops


def guarded(handler: Callable[..., object], drops: Drops) -> Callable[..., None]:
    """Return a handler that never raises and returns nothing; what it would have raised is counted and told."""

    def run(*args: Any) -> None:  # noqa: ANN401  (whatever the event carries)
        try:
            handler(*args)
        except Exception as error:  # noqa: BLE001  (an event of another form than ib_async documents)
            drops.count(DropReason.INTERNAL)
            diagnostics.say("ibkr", f"an event of ib_async was not understood: {error!r}")

    return run
