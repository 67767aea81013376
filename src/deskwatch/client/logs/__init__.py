"""Structured logs for the strategy.

Way:     get_logger → JSON lines → captured by the server.
"""

from deskwatch.client.logs.logger import Logger, get_logger

__all__ = ["Logger", "get_logger"]
