"""Structured logs for the strategy, and for what else logs in its process.

Way:     get_logger, adapters → Recorder: one JSON line → standard output, captured by the server; or Writer → a file
         that is rotated.
"""

from deskwatch.client.logs.logger import Logger, get_logger
from deskwatch.client.logs.rotation import Rotation

__all__ = ["Logger", "Rotation", "get_logger"]
