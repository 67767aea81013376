"""Column types that keep exactly what Python gave, on SQLite and on PostgreSQL.

Source:  https://www.sqlite.org/datatype3.html (REAL stores NaN as NULL; text must be valid Unicode)
"""

from __future__ import annotations

import math
from decimal import Decimal

from sqlalchemy import Dialect, Float, String, Text, TypeDecorator


class CleanText(TypeDecorator[str]):
    """Text without what a database refuses: lone surrogates and NUL become ``?``.

    A label is whatever a bot wrote into it; an alert must not be lost for that.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 (SQLAlchemy's signature)
        """Replace what cannot be stored."""
        return None if value is None else value.encode("utf-8", "replace").decode().replace("\0", "?")


class DecimalText(TypeDecorator[Decimal]):
    """A decimal number as text: money is not rounded on its way to disk."""

    impl = String(64)
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Write every digit."""
        return None if value is None else str(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Decimal | None:  # noqa: ARG002
        """Read every digit."""
        return None if value is None else Decimal(value)


class SampleValue(TypeDecorator[float]):
    """A float of which NaN is an ordinary value; it is kept as NULL."""

    impl = Float(53)
    cache_ok = True

    def process_bind_param(self, value: float | None, dialect: Dialect) -> float | None:  # noqa: ARG002
        """Write NaN as NULL."""
        return None if value is None or math.isnan(value) else value

    def process_result_value(self, value: float | None, dialect: Dialect) -> float:  # noqa: ARG002
        """Read NULL as NaN."""
        return math.nan if value is None else value
