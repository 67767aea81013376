"""The parts of a PromQL expression that the engine evaluates.

Parentheses are gone: the tree holds what they said. Nodes are compared by identity.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from deskwatch.model import Matcher


class Edge(StrEnum):
    """The moments of the query that ``@`` can name."""

    START = "start"
    END = "end"


class Cardinality(StrEnum):
    """How many series on each side one match group may have."""

    ONE_TO_ONE = "one-to-one"
    MANY_TO_ONE = "many-to-one"
    ONE_TO_MANY = "one-to-many"


At = int | Edge
"""What ``@`` fixes the time to: milliseconds, or an edge of the query."""


@dataclass(frozen=True, slots=True, eq=False)
class Number:
    """A number literal."""

    value: float


@dataclass(frozen=True, slots=True, eq=False)
class Text:
    """A string literal."""

    value: str


@dataclass(frozen=True, slots=True, eq=False)
class Selector:
    """An instant vector selector; the metric name is one of the matchers."""

    matchers: tuple[Matcher, ...]
    offset_ms: int
    at: At | None


@dataclass(frozen=True, slots=True, eq=False)
class RangeSelector:
    """A range vector selector: ``selector[range]``."""

    selector: Selector
    range_ms: int


@dataclass(frozen=True, slots=True, eq=False)
class Subquery:
    """``expr[range:step]``; without a step the engine's default counts."""

    expr: Expr
    range_ms: int
    step_ms: int | None
    offset_ms: int
    at: At | None


@dataclass(frozen=True, slots=True, eq=False)
class Negation:
    """Unary minus."""

    expr: Expr


@dataclass(frozen=True, slots=True, eq=False)
class Matching:
    """How the series of two vectors find each other.

    Attributes:
        on: Whether ``labels`` are the only ones compared (``on``), or the only ones not (``ignoring``).
        labels: The labels of ``on`` or ``ignoring``.
        cardinality: Which side may have many series in a match group.
        include: The labels of ``group_left`` or ``group_right``.
    """

    on: bool = False
    labels: tuple[str, ...] = ()
    cardinality: Cardinality = Cardinality.ONE_TO_ONE
    include: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Binary:
    """An operator between two expressions."""

    op: str
    left: Expr
    right: Expr
    returns_bool: bool
    matching: Matching


@dataclass(frozen=True, slots=True, eq=False)
class Call:
    """A function with its arguments."""

    name: str
    args: tuple[Expr, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Aggregation:
    """An aggregation over ``labels`` (``by``), or over all but them (``without``)."""

    op: str
    expr: Expr
    param: Expr | None
    labels: tuple[str, ...]
    without: bool


Expr = Number | Text | Selector | RangeSelector | Subquery | Negation | Binary | Call | Aggregation


def is_scalar(expr: Expr) -> bool:
    """Say whether the expression gives a number without labels."""
    match expr:
        case Number() | Call(name="scalar" | "time" | "pi"):
            return True
        case Negation(expr=inner):
            return is_scalar(inner)
        case Binary(left=left, right=right):
            return is_scalar(left) and is_scalar(right)
        case _:
            return False


def children(expr: Expr) -> tuple[Expr, ...]:
    """Return the expressions directly inside."""
    match expr:
        case RangeSelector(selector=inner) | Subquery(expr=inner) | Negation(expr=inner):
            return (inner,)
        case Binary(left=left, right=right):
            return (left, right)
        case Call(args=args):
            return args
        case Aggregation(expr=inner, param=param):
            return (inner,) if param is None else (param, inner)
        case _:
            return ()
