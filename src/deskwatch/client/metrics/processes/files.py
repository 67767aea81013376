"""The files of this process in a folder, one for each kind of cells.

Threads: any; a forked child has files of its own after ``after_fork``.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from deskwatch.client import diagnostics
from deskwatch.client.fork import renew_after_fork
from deskwatch.client.metrics.processes.cell_file import CellFile, Cells
from deskwatch.client.metrics.processes.slot import Slot, cell_path


class Files:
    """Gives out the cells of this process.

    Args:
        folder: The folder that the processes share; it is made when it is not there.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._begin()
        renew_after_fork(self)

    def _begin(self) -> None:
        self._pid = os.getpid()
        self._lock = threading.RLock()
        self._slot: Slot | None = None
        self._open: dict[str, CellFile] = {}

    def take(self) -> None:
        """Take a number in the folder.

        Raises:
            OSError: The folder cannot be written.
        """
        with self._lock:
            if self._slot is None:
                self._slot = Slot(self._folder)

    def cells(self, prefix: str, keys: Sequence[str]) -> Cells | None:
        """Return the cells of some keys in the file of a kind, or ``None`` when there is no room for them."""
        try:
            return (self._open.get(prefix) or self._file(prefix)).cells(keys)
        except Exception as error:  # noqa: BLE001  (the disk is full, the folder is gone: the bot goes on)
            what = f"{self._folder} cannot be written: {error!r}, so new series of process {self._pid} are not exposed"
            diagnostics.say("processes", f"{what}; make room there, and start the process again")
            return None

    def _file(self, prefix: str) -> CellFile:
        with self._lock:
            slot = self._slot = self._slot or Slot(self._folder)
            if prefix not in self._open:
                self._open[prefix] = _open(cell_path(self._folder, prefix, slot.number))
            return self._open[prefix]

    def after_fork(self) -> None:
        """Leave the parent's number and files to it; the child takes its own with its first cell."""
        if self._pid == os.getpid():
            return  # a registry of this process asked before
        slot, files = self._slot, self._open
        self._begin()
        for file in files.values():
            file.close()
        if slot is not None:
            slot.close()


def _open(path: Path) -> CellFile:
    try:
        return CellFile(path)
    except ValueError as error:
        aside = path.with_suffix(".damaged")
        path.replace(aside)
        diagnostics.say("processes", f"{path} is damaged: {error}; it is set aside as {aside.name}, and begun anew")
        return CellFile(path)


@lru_cache(maxsize=16)  # a process has one such folder; tests have a few
def files_in(folder: Path) -> Files:
    """Return the files of this process in a folder: one set, whatever number of registries write there."""
    return Files(folder)
