"""What a watch of Interactive Brokers knows and remembers, apart from ib_async's events.

Way:     client.integrations.ibkr → [ibkr] → TradingMetrics, IbkrMetrics, guard.
Threads: that of the bot's event loop, in which ib_async emits its events.
"""
