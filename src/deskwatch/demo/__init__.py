"""A real strategy on real prices, watched by deskwatch.

Way:     [bot] uses only the public client; [session] runs it under the monitor, as `deskwatch demo` does.
Data:    one-minute prices of the BTC perpetual, January 2022: 45,031 bars, no gap (data/README.md).
"""
