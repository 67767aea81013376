"""What a trading strategy records, and the ledger that follows from it.

Way:     record_fill, record_mark → [trading]: ledger → gauges, guard, link.
"""

from deskwatch.client.trading.instrument import Instrument
from deskwatch.client.trading.ledger import Filled, Ledger
from deskwatch.client.trading.metrics import TradingMetrics
from deskwatch.client.trading.position import Position
from deskwatch.client.trading.symbol import SymbolRecorder

__all__ = ["Filled", "Instrument", "Ledger", "Position", "SymbolRecorder", "TradingMetrics"]
