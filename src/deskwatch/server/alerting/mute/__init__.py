"""Stages that hold a flush back.

Way:     dispatch -> [mute] -> outbox.  A flush that is held back is not told, so it is due again later.
"""

from deskwatch.server.alerting.mute.acknowledged import Acknowledged

__all__ = ["Acknowledged"]
