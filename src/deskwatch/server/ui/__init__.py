"""The pages: what a person leaves open on the second monitor and opens on the phone at night.

Way:     api -> HTTP -> [ui]. NiceGUI carries the shell; small components in ``static`` fetch and draw. A panel is
         Grafana's JSON, turned into an ECharts option by the pure functions of ``panels``.
"""

from deskwatch.server.ui.mount import mount

__all__ = ["mount"]
