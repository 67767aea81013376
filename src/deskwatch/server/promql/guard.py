"""Refuse an expression that would harm the parser, before it sees it.

The parser is native and descends recursively: 5,000 chained operators overflow its stack and end the process
(measured with promql-parser 0.11; 2,000 do not), and a negative ``@`` time makes it panic. So depth is bounded
by counting, far below that, and also below what Python's own recursion limit lets the evaluation descend.
"""

from __future__ import annotations

import re
from typing import Final

from deskwatch.errors import ParseError, QueryError, QueryReason

MAX_CHARS: Final = 16_384
MAX_OPERATORS: Final = 200
MAX_NESTING: Final = 100

_QUOTED: Final = re.compile(r""""(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`|#[^\n]*""", re.DOTALL)
_MATCHERS: Final = re.compile(r"\{[^{}]*\}")
_OPERATOR: Final = re.compile(r"==|!=|<=|>=|[-+*/%^<>]|\b(?:and|or|unless|atan2)\b", re.IGNORECASE)
_NEGATIVE_AT: Final = re.compile(r"@\s*-")


def check_size(text: str) -> None:
    """Raise when the expression is too long, too deep, or known to crash the parser.

    Raises:
        ParseError: It is longer or deeper than allowed.
        QueryError: It uses a negative ``@`` time.
    """
    if len(text) > MAX_CHARS:
        raise ParseError(f"an expression may have at most {MAX_CHARS} characters, had {len(text)}")
    bare = _MATCHERS.sub("{}", _QUOTED.sub("''", text))
    if (operators := len(_OPERATOR.findall(bare))) > MAX_OPERATORS:
        raise ParseError(f"an expression may have at most {MAX_OPERATORS} operators, had {operators}")
    if (nesting := _nesting(bare)) > MAX_NESTING:
        raise ParseError(f"an expression may nest at most {MAX_NESTING} brackets, nested {nesting}")
    if _NEGATIVE_AT.search(bare):
        raise QueryError("a negative time after @ is not supported", reason=QueryReason.UNSUPPORTED)


def _nesting(text: str) -> int:
    depth = deepest = 0
    for character in text:
        if character in "([":
            depth += 1
            deepest = max(deepest, depth)
        elif character in ")]":
            depth -= 1
    return deepest
