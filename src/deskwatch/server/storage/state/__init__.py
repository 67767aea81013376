"""Keep what must not be lost: alerts, notifications, incidents, fills, guard states and the journal.

Way:     ingest, rules, alerting -> [state].  One SQLite file, one connection, one thread, one transaction a write.
Order:   commit, then send, then mark; what is not committed has not happened.
Tables:  ``tables``; their history in ``migrations``; functions over them in the modules of the same names.
"""

from deskwatch.server.storage.state.alerts import MAX_RESOLVED_AGE_MS
from deskwatch.server.storage.state.bots import BotRow
from deskwatch.server.storage.state.fills import Fill
from deskwatch.server.storage.state.group_log import TOLD_NOTHING, GroupId, Told
from deskwatch.server.storage.state.guard_commands import GuardCommand
from deskwatch.server.storage.state.guard_states import GuardStateRow
from deskwatch.server.storage.state.incidents import Incident, IncidentState
from deskwatch.server.storage.state.lock import DataLock
from deskwatch.server.storage.state.outbox import OutboxRow, OutboxState
from deskwatch.server.storage.state.store import StateStore
from deskwatch.server.storage.state.transaction import Transaction

__all__ = [
    "MAX_RESOLVED_AGE_MS",
    "TOLD_NOTHING",
    "BotRow",
    "DataLock",
    "Fill",
    "GroupId",
    "GuardCommand",
    "GuardStateRow",
    "Incident",
    "IncidentState",
    "OutboxRow",
    "OutboxState",
    "StateStore",
    "Told",
    "Transaction",
]
