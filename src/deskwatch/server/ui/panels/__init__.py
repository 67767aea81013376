"""What a panel of Grafana's JSON looks like, as pure functions.

Way:     catalogue -> [panels] -> properties of the elements in ``server.ui``; points come later, in the browser.
"""

from deskwatch.server.ui.panels.skeleton import describe, flatten, place, skeleton

__all__ = ["describe", "flatten", "place", "skeleton"]
