"""Say what is wrong with a setting in words that lead to the right value.

Way:     pydantic's findings -> [explain] -> one ConfigError each, with file, line and key.
Source:  kinds of finding: https://docs.pydantic.dev/latest/errors/validation_errors/
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from deskwatch.config.document import Document, Key, KeyPath, dotted
from deskwatch.config.secret import Secret
from deskwatch.config.sections import keys_at
from deskwatch.errors import ConfigError

MAX_VALUE_CHARS: Final = 80  # of a wrong value that is repeated to the reader

_WANTED: Final = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "list_type": "a list, each entry behind a '-'",
    "tuple_type": "a list, each entry behind a '-'",
    "dict_type": "keys with values",
    "model_type": "keys with values",
    "model_attributes_type": "keys with values",
    "path_type": "a path",
}


def explain(error: ValidationError, document: Document, model: type[BaseModel]) -> list[ConfigError]:
    """Return each finding as an error that names file, line, key, value and what would be right."""
    return [_one(finding, document, model) for finding in error.errors(include_url=False)]


def located(document: Document, path: KeyPath, message: str) -> ConfigError:
    """Return the error at the line of the key."""
    return ConfigError(message, file=document.file, line=document.line_of(path), key=dotted(path))


def suggestion(wrong: str, known: Iterable[str]) -> str:
    """Return a clause that names the nearest known word, or all of them when none is near."""
    words = sorted(known)
    near = difflib.get_close_matches(wrong, words, n=1)
    return f"; did you mean {near[0]!r}?" if near else f"; known are {', '.join(words) or 'none'}"


def _one(finding: ErrorDetails, document: Document, model: type[BaseModel]) -> ConfigError:
    path = _path_in(document.value, finding["loc"])
    if finding["type"] == "extra_forbidden":
        known = keys_at(model, finding["loc"][:-1])
        return located(document, path, f"unknown key {str(path[-1])!r}{suggestion(str(path[-1]), known)}")
    return located(document, path, _message(finding, path))


def _message(finding: ErrorDetails, path: KeyPath) -> str:
    kind, context = finding["type"], finding.get("ctx", {})
    if kind == "value_error":
        return str(context["error"])
    if kind == "missing":
        return f"is missing; {path[-1]} must be given"
    if kind in ("union_tag_not_found", "union_tag_invalid"):
        return f"kind must be one of {context.get('expected_tags', 'the known kinds')}"
    if kind in ("literal_error", "enum"):
        return f"must be {context['expected']}{_was(finding)}"
    if kind in _WANTED:
        return f"must be {_WANTED[kind]}{_was(finding)}"
    return _bound(kind, context, finding)


def _bound(kind: str, context: Mapping[str, Any], finding: ErrorDetails) -> str:
    bounds: dict[str, Callable[[], str]] = {
        "greater_than_equal": lambda: f"must be at least {context['ge']}",
        "less_than_equal": lambda: f"must be at most {context['le']}",
        "string_too_short": lambda: f"must have at least {context['min_length']} characters",
        "string_too_long": lambda: f"must have at most {context['max_length']} characters",
        "too_short": lambda: f"must have at least {context['min_length']} entries",
    }
    text = bounds.get(kind, lambda: finding["msg"])()
    return f"{text}{_was(finding)}"


def _was(finding: ErrorDetails) -> str:
    value = finding["input"]
    if value is None:
        return ", was empty"
    if isinstance(value, Secret):
        return ""
    if isinstance(value, (dict, list)):
        return f", was a {'mapping' if isinstance(value, dict) else 'list'}"
    return f", was {str(value)[:MAX_VALUE_CHARS]!r}" if isinstance(value, str) else f", was {value!r}"


def _path_in(value: Any, loc: tuple[Key, ...]) -> KeyPath:  # noqa: ANN401
    """Return the keys of ``loc`` that the file has: pydantic puts names of union members between them."""
    path: list[Key] = []
    for part in loc[:-1]:
        if _holds(value, part):
            value = value[part]
            path.append(part)
    # The last part may be what is missing; only the name of a union member belongs to no key.
    if loc and (_holds(value, loc[-1]) or isinstance(value, dict)):
        path.append(loc[-1])
    return tuple(path)


def _holds(value: Any, part: Key) -> bool:  # noqa: ANN401
    if isinstance(value, list):
        return isinstance(part, int) and part < len(value)
    return isinstance(value, dict) and part in value
