"""When a log file is moved away, and how long it is kept.

Source:  Docker's json-file driver (max-size, max-file, compress) has the same words:
         https://docs.docker.com/engine/logging/drivers/json-file/#options
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

SECONDS_PER_DAY: Final = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation:
    """The rules of one log file.

    Args:
        max_bytes: The file is moved away before it grows beyond this.
        daily: A file whose last line is of an earlier day (UTC) is moved away before the next line.
        compress: Files that were moved away are packed with gzip.
        max_files: So many of them are kept, the newest.
        max_age_days: None older than this is kept.

    Raises:
        ValueError: A number is below 1.
    """

    max_bytes: int = 100_000_000
    daily: bool = True
    compress: bool = True
    max_files: int = 10
    max_age_days: float = 30

    def __post_init__(self) -> None:
        for name in ("max_bytes", "max_files", "max_age_days"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be 1 or more, was {getattr(self, name)}")

    def is_due(self, size_bytes: int, more_bytes: int, last_written_seconds: float, now_seconds: float) -> bool:
        """Say whether the file must be moved away before more is written to it.

        Args:
            size_bytes: Its size; an empty file is never due.
            more_bytes: What is to be written.
            last_written_seconds: When it was last written to, Unix seconds.
            now_seconds: Unix seconds.
        """
        if size_bytes == 0:
            return False
        if size_bytes + more_bytes > self.max_bytes:
            return True
        return self.daily and last_written_seconds // SECONDS_PER_DAY < now_seconds // SECONDS_PER_DAY


DEFAULT_ROTATION: Final = Rotation()
"""100 MB or a day, packed, ten files or thirty days."""
