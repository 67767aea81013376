"""Compare what the bot says with what its fills sum to.

Way:     ingest (fills, guard trips) and promql (the bot's own position) -> [reconcile] -> journal and rules.
Later:   the third witness, the broker itself, comes with the venue port.
"""

from deskwatch.server.reconcile.flat import FlatCheck, FlatVerdict, Quantities, Witnesses, judge

__all__ = ["FlatCheck", "FlatVerdict", "Quantities", "Witnesses", "judge"]
