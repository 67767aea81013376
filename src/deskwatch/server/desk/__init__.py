"""What is known of each bot, put into words and numbers once, for the pages and for the messages alike.

Way:     promql, supervise, state, logs -> [desk] -> api (the pages), alerting (the context of a message), reconcile
         (the witnesses).
"""

from deskwatch.server.desk.desk import Desk
from deskwatch.server.desk.facts import BotFacts, GuardState, read_facts
from deskwatch.server.desk.overview import Overview

__all__ = ["BotFacts", "Desk", "GuardState", "Overview", "read_facts"]
