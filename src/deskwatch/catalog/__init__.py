"""What ships, as data: metrics and dialects as values; rules, dashboards and runbooks as files.

Way:     metrics are declared by the client; ``catalog.files`` are read by config (rules by name), by api (dashboards)
         and, later, by the writer of the full stack.
"""
