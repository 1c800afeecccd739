"""Reading a workspace file: YAML to plain JSON values, and the line on which each key stands."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import yaml

from botyard.sdk.errors import Refused

_MAX_BYTES = 2 * 1024 * 1024
_MAX_VALUES = 50_000
_MAX_DEPTH = 40
_TEXT = "tag:yaml.org,2002:str"
_TIMESTAMP = "tag:yaml.org,2002:timestamp"
#: YAML takes a word such as `on` for a truth value; as a key it is the text that it is written as.
_KEYS = frozenset({_TEXT, "tag:yaml.org,2002:bool"})
_PLAIN = frozenset(f"tag:yaml.org,2002:{name}" for name in ("null", "bool", "int", "float", "str", "timestamp"))


def read(path: Path) -> tuple[dict[str, Any], dict[str, int]]:
    """Return the document and its lines by path, such as "automations[0].label".

    Raises Refused, naming file and line, for what is not YAML or cannot be JSON.
    """
    if not path.is_file():
        raise Refused(f"{path} does not exist.", hint="Give the path of a workspace file.")
    if path.stat().st_size > _MAX_BYTES:
        raise Refused(f"{path} is larger than {_MAX_BYTES} bytes.", hint="Split it.")
    try:
        node = yaml.compose(path.read_text("utf-8"), yaml.SafeLoader)
    except UnicodeDecodeError:
        raise Refused(f"{path} is not valid UTF-8.", hint="Save it as UTF-8.") from None
    except (yaml.YAMLError, RecursionError) as error:
        raise Refused(_place(path, error), hint="Correct the YAML there.") from None
    if node is None:
        return {}, {}
    reader = _Reader(path)
    document = reader.value(node, "", 0)
    if not isinstance(document, dict):
        raise reader.problem(node, "The file must hold keys and values.")
    return document, reader.lines


class _Reader:
    """Builds values from nodes; aliases are followed, within limits, so that a small file cannot become a huge one."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lines: dict[str, int] = {}
        self._values = 0
        self._loader = yaml.SafeLoader("")

    def problem(self, node: yaml.Node, message: str) -> Refused:
        return Refused(f"{self.path}:{node.start_mark.line + 1}: {message}", hint="Correct the file.")

    def value(self, node: yaml.Node, path: str, depth: int) -> Any:
        self._values += 1
        if self._values > _MAX_VALUES or depth > _MAX_DEPTH:
            raise self.problem(node, "The file holds too many values, or is nested too deeply.")
        if path:
            self.lines.setdefault(path, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path, depth)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(child, f"{path}[{number}]", depth + 1) for number, child in enumerate(node.value)]
        return self._scalar(node)

    def _mapping(self, node: yaml.MappingNode, path: str, depth: int) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key_node, child in node.value:
            if not isinstance(key_node, yaml.ScalarNode) or key_node.tag not in _KEYS:
                raise self.problem(key_node, "A key must be a text.")
            key = str(key_node.value)
            if key in values:
                raise self.problem(key_node, f'The key "{key}" stands here twice.')
            place = f"{path}.{key}" if path else key
            self.lines[place] = key_node.start_mark.line + 1
            values[key] = self.value(child, place, depth + 1)
        return values

    def _scalar(self, node: yaml.Node) -> Any:
        if node.tag not in _PLAIN:
            raise self.problem(node, f'The tag "{node.tag}" is not accepted.')
        if node.tag == _TIMESTAMP:
            return node.value
        try:
            value = self._loader.construct_object(node)
        except (ValueError, yaml.YAMLError):
            raise self.problem(node, f'"{str(node.value)[:80]}" cannot be read as a value.') from None
        if isinstance(value, float) and not math.isfinite(value):
            raise self.problem(node, "A number must be finite.")
        return value


def _place(path: Path, error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    what = getattr(error, "problem", None) or str(error)
    return f"{path}:{mark.line + 1}: {what}." if mark else f"{path}: {what}."
