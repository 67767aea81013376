"""Run the bot of ``deskwatch run`` and know how it stands.

Way:     a command -> [supervise] -> events, samples, and the file that logs reads.
"""

from deskwatch.server.supervise.command import bot_environment, resolve_command
from deskwatch.server.supervise.decisions import (
    HangVerdict,
    RestartDecision,
    RestartVerdict,
    hang_decision,
    restart_decision,
)
from deskwatch.server.supervise.discovery import MetricsDiscovery
from deskwatch.server.supervise.process_tree import ProcessTree, TreeUsage
from deskwatch.server.supervise.state import BotState
from deskwatch.server.supervise.supervisor import PASSED_SIGNALS, Supervisor

__all__ = [
    "PASSED_SIGNALS",
    "BotState",
    "HangVerdict",
    "MetricsDiscovery",
    "ProcessTree",
    "RestartDecision",
    "RestartVerdict",
    "Supervisor",
    "TreeUsage",
    "bot_environment",
    "hang_decision",
    "resolve_command",
    "restart_decision",
]
