"""One writer a file and process, whoever asks for it.

Way:     get_logger, adapters → [opening] → Writer or StandardOutput.
"""

from __future__ import annotations

import atexit
import threading
import time
from pathlib import Path

from deskwatch.client.fork import renew_after_fork
from deskwatch.client.logs.file import LogFile
from deskwatch.client.logs.output import FLUSH_SECONDS, Output, StandardOutput
from deskwatch.client.logs.rotation import Rotation
from deskwatch.client.logs.writer import Writer
from deskwatch.client.metrics import default_registry


class _Writers:
    """The writers of this process, by file."""

    def __init__(self) -> None:
        self._by_path: dict[Path, tuple[Writer, Rotation | None]] = {}
        self._opening = threading.Lock()
        renew_after_fork(self)

    def of(self, path: Path, rotation: Rotation | None) -> Writer:
        with self._opening:
            if path not in self._by_path:
                file = LogFile(path, rotation)
                file.open()
                self._by_path[path] = Writer(file, default_registry().drops), rotation
            writer, given = self._by_path[path]
        if given != rotation:
            raise ValueError(f"{path} is open with {given}, and was asked for with {rotation}: give both the same")
        return writer

    def close(self, timeout_seconds: float) -> bool:
        deadline = time.monotonic() + timeout_seconds
        writers = [writer for writer, _ in list(self._by_path.values())]
        for writer in writers:
            writer.stop(deadline)
        left = [writer for writer in writers if not writer.flush(deadline - time.monotonic())]
        return not left

    def after_fork(self) -> None:
        self._opening = threading.Lock()


_writers = _Writers()


def open_output(log_file: Path | str | None, rotation: Rotation | None) -> Output:
    """Return where lines go: standard output, or the one writer of the file.

    Raises:
        OSError: The file cannot be opened.
        ValueError: The file is open already with another rotation.
    """
    if log_file is None:
        return StandardOutput()
    return _writers.of(Path(log_file).absolute(), rotation)


@atexit.register
def close_outputs(timeout_seconds: float = FLUSH_SECONDS) -> bool:
    """Write what waits in all files, for so long at most together; say whether nothing waits any more."""
    return _writers.close(timeout_seconds)
