"""The HTTP API: Prometheus's own paths, what the pages read, and what bots send.

Way:     browser, Grafana, promtool, curl, bots -> [api] -> the stages.
"""

from deskwatch.server.api.app import Parts, build_app

__all__ = ["Parts", "build_app"]
