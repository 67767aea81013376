"""What is kept: samples in DuckDB, state in SQLite.

Way:     scrape, ingest, rules and alerting hand on -> [storage] -> promql, api and ui read.
"""
