"""The names of the dialects, as ``dialect=`` takes them."""

from __future__ import annotations

from typing import Final

DIALECTS: Final = ("algo_trade", "crypto_quant", "marketflow", "stock_tracker", "trading_bot")
