"""Read the result of a freqtrade backtest: ``backtest-result-*.zip``, or the JSON in it.

A fill's fee is the trade's rate of the fill's value, as freqtrade counts it; funding is booked before the last fill of
its trade. A leverage changes nothing here: the amounts are those of the positions.

Source:  https://www.freqtrade.io/en/stable/backtesting/ and the files themselves (tests/samples/freqtrade)
"""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any, Final

from deskwatch.client import untrusted
from deskwatch.client.fills.importers.given import (
    Funding,
    Imported,
    Progress,
    Trade,
    Unusable,
    amount,
    fee_of,
    name,
    positive,
    seconds_of,
)
from deskwatch.errors import ConfigError

MAX_JSON_BYTES: Final = 1 << 30
"""A zip that says it holds more is no result; 1 GiB are some two million trades."""


def read_backtest(file: Path, *, strategy: str | None = None, progress: Progress | None = None) -> list[Imported]:
    """Return what each strategy of a result did.

    Raises:
        ConfigError: The file is no such result.
    """
    result = _result(file)
    strategies = result.get("strategy") if isinstance(result, dict) else None
    if not isinstance(strategies, dict) or not strategies:
        raise ConfigError("must be a freqtrade backtest result with the key 'strategy'", file=file)
    if strategy is not None and len(strategies) > 1:
        raise ConfigError(f"has {len(strategies)} strategies; one name cannot be given to all", file=file)
    return [_imported(file, strategy or str(known), said, progress) for known, said in strategies.items()]


def _result(file: Path) -> object:
    try:
        if zipfile.is_zipfile(file):
            with zipfile.ZipFile(file) as packed:
                return json.loads(_json_in(packed, file))
        return json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError, zipfile.BadZipFile) as error:
        raise ConfigError(f"cannot be read as a backtest result: {error}", file=file) from error


def _json_in(packed: zipfile.ZipFile, file: Path) -> bytes:
    for found in packed.infolist():
        if found.filename.endswith(".json") and not found.filename.endswith("_config.json"):
            if found.file_size > MAX_JSON_BYTES:
                raise ConfigError(f"{found.filename} says it has {found.file_size} bytes, at most 1 GiB", file=file)
            return packed.read(found)
    raise ConfigError("holds no JSON of a backtest result", file=file)


def _imported(file: Path, strategy: str, said: object, progress: Progress | None) -> Imported:
    if not isinstance(said, dict) or not isinstance(said.get("trades"), list):
        raise ConfigError(f"has no list of trades of {strategy}", file=file, key=f"strategy.{strategy}.trades")
    currency = said.get("stake_currency")
    if not isinstance(currency, str) or not currency:
        raise ConfigError(f"must be a currency, was {currency!r}", file=file, key=f"strategy.{strategy}.stake_currency")
    imported = Imported(
        file,
        strategy,
        currency,
        untrusted.money(said.get("starting_balance")),
        untrusted.money(said.get("profit_total_abs")),
    )
    trades = said["trades"]
    for number, trade in enumerate(trades, 1):
        try:
            imported.records += _records(trade, currency)
        except Unusable as problem:
            imported.refuse(number, problem)
        if progress is not None and number % 1_000 == 0:
            progress(number / len(trades))
    return imported


def _records(trade: object, currency: str) -> list[Trade | Funding]:
    """Return the fills of one trade and its funding; none of it if any part cannot be used."""
    if not isinstance(trade, dict) or not isinstance(trade.get("orders"), list):
        raise Unusable("orders", trade, "must be a trade with a list of orders")
    symbol = name("pair", trade.get("pair"))
    fee_open, fee_close = (amount(key, trade.get(key)) for key in ("fee_open", "fee_close"))
    records: list[Trade | Funding] = []
    for order in trade["orders"]:
        if not isinstance(order, dict):
            raise Unusable("orders", order, "must be a list of orders")
        if order.get("order_filled_timestamp") is None:  # it was never filled
            continue
        fee = fee_open if order.get("ft_is_entry") else fee_close
        quantity, price = positive("amount", order.get("amount")), positive("safe_price", order.get("safe_price"))
        records.append(
            Trade(
                at=seconds_of("order_filled_timestamp", order["order_filled_timestamp"]),
                symbol=symbol,
                quantity=quantity if _buys(order) else quantity.copy_negate(),
                price=price,
                fee=fee_of(quantity, price, fee),
                fee_currency=currency,
                currency=currency,
                order_id=None,
            )
        )
    funding = amount("funding_fees", trade.get("funding_fees") or 0)
    if funding and records:
        records.insert(len(records) - 1, Funding(records[-1].at, symbol, funding, currency))
    return records


def _buys(order: dict[str, Any]) -> bool:
    side = order.get("ft_order_side")
    if side not in ("buy", "sell"):
        raise Unusable("ft_order_side", side, "must be buy or sell")
    return bool(side == "buy")
