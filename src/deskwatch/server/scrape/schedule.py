"""When a target is scraped: its own slots, spread over the interval.

Source:  prometheus/scrape/target.go (offset): a hash of the target places it, so that targets do not all start at once.
Time:    milliseconds of the monotonic clock.
"""

from __future__ import annotations

import hashlib


def slot_offset_ms(source: str, interval_ms: int) -> int:
    """Return where in the interval the target's slots lie; the same for the same name."""
    digest = hashlib.blake2b(source.encode("utf-8", "replace"), digest_size=8).digest()
    return int.from_bytes(digest, "big") % interval_ms


def next_slot_ms(now_ms: int, interval_ms: int, offset_ms: int) -> int:
    """Return the first slot after now.

    Slots that went by while the machine slept or a scrape ran long are skipped, never made up for (reliability C3).
    """
    return now_ms + interval_ms - (now_ms - offset_ms) % interval_ms
