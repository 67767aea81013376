"""A YAML file as plain values, with the line of each.

Way:     text -> [document] -> settings.  Only what JSON could say is read: text, numbers, yes/no, lists, mappings.
Source:  https://yaml.org/spec/1.2.2/ ; limits from reliability G1 (a bomb of 442 bytes, nesting, tags, doubles).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

from deskwatch.errors import ConfigError

MAX_FILE_BYTES: Final = 1024 * 1024  # reliability G1
MAX_DEPTH: Final = 32  # reliability G1

Key = str | int
KeyPath = tuple[Key, ...]

_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TAG: Final = "tag:yaml.org,2002:"
_TEXT_TAGS: Final = {f"{_TAG}str", f"{_TAG}timestamp", f"{_TAG}merge", f"{_TAG}value"}
_CONVERTERS: Final = {
    f"{_TAG}int": yaml.constructor.SafeConstructor.construct_yaml_int,
    f"{_TAG}float": yaml.constructor.SafeConstructor.construct_yaml_float,
    f"{_TAG}bool": yaml.constructor.SafeConstructor.construct_yaml_bool,
    f"{_TAG}null": yaml.constructor.SafeConstructor.construct_yaml_null,
}


@dataclass
class Document:
    """What a file says and where.

    Attributes:
        file: The file.
        value: Dictionaries, lists and scalars.
        lines: The line, from 1, of each key path that the file holds.
    """

    file: Path
    value: Any
    lines: dict[KeyPath, int] = field(default_factory=dict)

    def line_of(self, path: KeyPath) -> int | None:
        """Return the line of the key, or of the nearest key around it."""
        for end in range(len(path), -1, -1):
            if path[:end] in self.lines:
                return self.lines[path[:end]]
        return None


def read_document(file: Path) -> Document:
    """Read a YAML file within the limits.

    Raises:
        ConfigError: It cannot be read, is no YAML, or goes past a limit; with the line where known.
    """
    try:
        size = file.stat().st_size
        if size > MAX_FILE_BYTES:
            raise ConfigError(f"must be at most {MAX_FILE_BYTES} bytes, had {size}", file=file)
        text = file.read_text("utf-8")
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", file=file) from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"must be UTF-8, was not at byte {error.start}", file=file) from None
    return parse_document(text, file)


def parse_document(text: str, file: Path) -> Document:
    """Read YAML text as if it stood in ``file``.

    Raises:
        ConfigError: It is no YAML, or goes past a limit.
    """
    try:
        _check_events(text, file)
        root = yaml.compose(text, Loader=_LOADER)
    except yaml.YAMLError as error:
        raise _syntax_error(error, file) from None
    document = Document(file, None)
    if root is not None:
        document.value = _Reader(document).read(root, ())
    return document


def _check_events(text: str, file: Path) -> None:
    # Before composing, because a bomb is harmless only while it is still events.
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        line = _line(event.start_mark)
        if isinstance(event, yaml.AliasEvent):
            raise ConfigError("YAML aliases (*name) are not read; write the value out", file=file, line=line)
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            raise ConfigError(f"must be nested at most {MAX_DEPTH} deep", file=file, line=line)


def _line(mark: Any) -> int:  # noqa: ANN401  (two classes of mark, in C and in Python)
    return mark.line + 1 if mark else 1


def _syntax_error(error: yaml.YAMLError, file: Path) -> ConfigError:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "cannot be read"
    return ConfigError(f"is no YAML: {problem}", file=file, line=_line(mark))


class _Reader:
    def __init__(self, document: Document) -> None:
        self._document = document
        self._scalars = yaml.constructor.SafeConstructor()

    def read(self, node: yaml.Node, path: KeyPath) -> Any:  # noqa: ANN401
        self._document.lines.setdefault(path, _line(node.start_mark))
        if isinstance(node, yaml.MappingNode) and node.tag == f"{_TAG}map":
            return {key: self.read(value, (*path, key)) for key, value in self._entries(node, path)}
        if isinstance(node, yaml.SequenceNode) and node.tag == f"{_TAG}seq":
            return [self.read(child, (*path, index)) for index, child in enumerate(node.value)]
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, path)
        raise self._unknown_tag(node, path)

    def _entries(self, node: yaml.MappingNode, path: KeyPath) -> Iterator[tuple[str, yaml.Node]]:
        first_lines: dict[str, int] = {}
        for key_node, value_node in node.value:
            line = _line(key_node.start_mark)
            if not isinstance(key_node, yaml.ScalarNode):
                raise self._error("a key must be a word, was a list or mapping", line, path)
            key = key_node.value
            if key in first_lines:
                raise self._error(f"stands twice; it first stood in line {first_lines[key]}", line, (*path, key))
            first_lines[key] = self._document.lines[(*path, key)] = line
            yield key, value_node

    def _scalar(self, node: yaml.ScalarNode, path: KeyPath) -> Any:  # noqa: ANN401
        if node.tag in _TEXT_TAGS:
            return node.value
        convert = _CONVERTERS.get(node.tag)
        if convert is None:
            raise self._unknown_tag(node, path)
        try:
            return convert(self._scalars, node)
        except (ValueError, KeyError):
            raise self._error(
                f"cannot be read as {node.tag.removeprefix(_TAG)}", _line(node.start_mark), path
            ) from None

    def _unknown_tag(self, node: yaml.Node, path: KeyPath) -> ConfigError:
        return self._error(f"the YAML tag {node.tag!r} is not read; write a plain value", _line(node.start_mark), path)

    def _error(self, message: str, line: int, path: KeyPath) -> ConfigError:
        return ConfigError(message, file=self._document.file, line=line, key=dotted(path))


def dotted(path: KeyPath) -> str:
    """Return the path as people write it: ``scrape.targets[0].url``."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")
