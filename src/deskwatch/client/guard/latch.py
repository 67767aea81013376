"""The latch on disk: what outlives a crash, a restart and a deploy.

A latch is two files, ``guard-NAME.json`` and its marker ``guard-NAME.json.copy``, each a JSON object with a checksum.
Neither exists until the guard trips for the first time. Reading takes the worse of the two, so that

- both missing means: never tripped here;
- one missing, one unreadable, or a wrong checksum means: HALTED, because somebody or something destroyed a latch;
- a kill between the two writes of a trip means: HALTED, and between the two of a reset: still HALTED.

Deleting both cannot be seen from here; the server keeps its own copy of the last state.

Each write goes to a file that ``prepare`` has already given its blocks, is flushed to the disk, and then takes the
name of the old file; the directory is flushed after it. So a full disk does not stop a trip from being latched.

Source:  reliability, "Latch"; https://danluu.com/file-consistency/ (write, fsync, rename, fsync the directory)
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

import orjson

from deskwatch.client import untrusted
from deskwatch.client.guard.state import GuardState, Trip

STATE_DIR_VARIABLE: Final = "DESKWATCH_STATE_DIR"
LATCH_LIMIT: Final = "latch"
"""The name that stands for a limit when the latch itself is the reason."""

_RESERVED_BYTES: Final = 4096  # one block of ext4 and xfs
_MAX_BYTES: Final = 65_536


@dataclass(frozen=True, slots=True)
class LatchState:
    """What a latch says.

    Attributes:
        state: What may be done.
        epoch: How often it was reset.
        limit: What tripped it, empty when it is open; ``latch`` when it could not be read.
        reason: Why, for a person; after a reset, why it was reset.
        value: What was measured, 0 when nothing was.
        threshold: What was allowed.
        ts_ms: When this was written, by the wall clock.
    """

    state: GuardState = GuardState.ACTIVE
    epoch: int = 0
    limit: str = ""
    reason: str = ""
    value: float = 0.0
    threshold: float = 0.0
    ts_ms: int = 0

    @classmethod
    def of(cls, trip: Trip) -> LatchState:
        """Return what a trip leaves behind."""
        return cls(trip.state, trip.epoch, trip.limit, trip.reason, trip.value, trip.threshold, trip.ts_ms)


def path_in(state_dir: Path | str, name: str = "default") -> Path:
    """Return where the guard called ``name`` keeps its latch."""
    safe = "".join(letter if letter.isalnum() or letter in "-_" else "_" for letter in name)
    return Path(state_dir) / f"guard-{safe}.json"


def place(path: Path | str | None, name: str) -> Path | None:
    """Return where a guard keeps its latch: as given, or where ``deskwatch run`` said, or nowhere."""
    if path is not None:
        return Path(path)
    state_dir = os.environ.get(STATE_DIR_VARIABLE)
    return path_in(state_dir, name) if state_dir else None


def prepare(path: Path) -> None:
    """Make the directory, and reserve the blocks of the next write.

    Raises:
        OSError: The latch could not be written if it had to be.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    _write_durably(_next_of(path), b" " * _RESERVED_BYTES)


def read(path: Path | str) -> LatchState:
    """Return what the latch says; whatever is wrong with it reads as HALTED."""
    main = Path(path)
    found = [_read_file(main), _read_file(_copy_of(main))]
    present = [latch for latch in found if latch is not None]
    if not present:
        return LatchState()
    worst = max(present, key=lambda latch: (latch.state.severity, latch.epoch))
    epoch = max(latch.epoch for latch in present)
    if len(present) < len(found) and worst.state is GuardState.ACTIVE:
        return _damaged(f"one of the two files of the latch {main.name} is gone; somebody deleted it", epoch)
    return replace(worst, epoch=epoch)


def write(path: Path, latch: LatchState) -> None:
    """Put the latch on disk, the file first and its copy second.

    Raises:
        OSError: It is not there, or perhaps only half of it; the next reading says HALTED if any of it is.
    """
    _write_file(path, latch)
    _write_file(_copy_of(path), latch)


def reset(path: Path | str, reason: str, now_ms: int) -> LatchState:
    """Open the latch with a new epoch: the only way to open it.

    Args:
        path: The latch.
        reason: Why a person thinks that it may be opened.
        now_ms: The wall time.

    Raises:
        OSError: It could not be written; it is still latched.
        ValueError: No reason was given.
    """
    if not reason.strip():
        raise ValueError("a reset needs a reason, such as 'limit raised after review', was empty")
    main = Path(path)
    opened = LatchState(epoch=read(main).epoch + 1, reason=reason.strip(), ts_ms=now_ms)
    # The copy first: killed in between, the file itself still says HALTED.
    _write_file(_copy_of(main), opened)
    _write_file(main, opened)
    return opened


def _read_file(path: Path) -> LatchState | None:
    try:
        with path.open("rb") as file:
            return _decode(file.read(_MAX_BYTES))
    except FileNotFoundError:
        return None
    except Exception as error:  # noqa: BLE001  (unreadable in any way at all is latched)
        return _damaged(f"the latch {path.name} cannot be read: {type(error).__name__}")


def _decode(content: bytes) -> LatchState:
    stored = orjson.loads(content)
    if stored.pop("checksum") != _checksum(stored):
        raise ValueError("the checksum does not match")
    latch = LatchState(**{**stored, "state": GuardState(stored["state"])})
    if type(latch.epoch) is not int:
        raise ValueError(f"the epoch must be a whole number, was {latch.epoch!r}")
    return latch


def _damaged(reason: str, epoch: int = 0) -> LatchState:
    return LatchState(GuardState.HALTED, epoch, LATCH_LIMIT, reason)


def _write_file(path: Path, latch: LatchState) -> None:
    values = asdict(latch)
    values["state"] = latch.state.value
    # NaN is no JSON; the reason says it in words.
    values |= {name: untrusted.finite(values[name]) or 0.0 for name in ("value", "threshold")}
    content = orjson.dumps({**values, "checksum": _checksum(values)}, option=orjson.OPT_INDENT_2)
    _write_durably(_next_of(path), content)
    _next_of(path).replace(path)
    _sync_directory(path.parent)


def _checksum(values: dict[str, object]) -> str:
    return hashlib.sha256(orjson.dumps(values, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _write_durably(path: Path, content: bytes) -> None:
    # Without O_TRUNC: the blocks that are reserved stay, and are cut to size only after they are written.
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        written = 0
        while written < len(content):
            written += os.write(descriptor, content[written:])
        os.ftruncate(descriptor, len(content))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _copy_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.copy")


def _next_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.next")
