"""The same lines from an application that logs with something else; one file each.

Way:     the application's own logging calls → [adapters] → Recorder.
"""

from deskwatch.client.logs.adapters.loguru import add_to_loguru
from deskwatch.client.logs.adapters.standard import StandardHandler
from deskwatch.client.logs.adapters.structlog import StructlogProcessor

__all__ = ["StandardHandler", "StructlogProcessor", "add_to_loguru"]
