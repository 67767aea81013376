"""The monitor: one process, one event loop, a package a stage.

Way:     supervise/scrape/ingest -> storage -> promql -> rules -> alerting;
         api and ui read; wiring joins them.
"""
