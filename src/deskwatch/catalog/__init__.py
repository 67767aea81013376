"""What ships, as data: rules, dashboards and runbooks.

Way:     read by config (rules by name), by api (dashboards) and, later, by the writer of the full stack.
"""

from deskwatch.catalog.files import (
    dashboard_names,
    dashboard_text,
    rule_file_names,
    rule_file_text,
    runbook_names,
    runbook_text,
)

__all__ = [
    "dashboard_names",
    "dashboard_text",
    "rule_file_names",
    "rule_file_text",
    "runbook_names",
    "runbook_text",
]
