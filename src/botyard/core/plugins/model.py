"""What plugin interfaces and plugins are, and what their code may be."""

from __future__ import annotations

import ast
import keyword
import re
from functools import lru_cache
from typing import Any, Self

import msgspec

from botyard.base import jsontext
from botyard.base.exceptions import Invalid
from botyard.storage import Row

MAX_CODE = 1024 * 1024
#: How much code all plugins and interfaces of a workspace may have together: each action is given all of it.
MAX_TOTAL = 4 * 1024 * 1024
#: The most capabilities of an interface, and the most interfaces and plugins of a workspace.
MAX_CAPABILITIES = 200
MAX_PLUGINS = 1000
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,69}")


class Interface(msgspec.Struct, frozen=True, kw_only=True):
    """A contract: the functions that its plugins have, and code that they share."""

    id: int
    workspace_id: int
    namespace: str
    title: str
    capabilities: list[str]
    code: str
    version: int
    created_at: int
    created_by: str
    updated_at: int

    @classmethod
    def from_row(cls, row: Row) -> Self:
        """Return the interface that a row of `plugin_interfaces` holds."""
        return cls(**{**row, "capabilities": jsontext.decode(row["capabilities"])})


class Plugin(msgspec.Struct, frozen=True, kw_only=True):
    """The code that keeps a contract for one integration, which `integration` and `integration_name` tell."""

    id: int
    workspace_id: int
    interface_id: int
    integration_id: int
    enabled: bool
    code: str
    version: int
    created_at: int
    created_by: str
    updated_at: int
    namespace: str
    title: str
    capabilities: list[str]
    integration: str
    integration_name: str
    shared: str

    @classmethod
    def from_row(cls, row: Row) -> Self:
        """Return the plugin that a row with its interface and integration holds."""
        return cls(**{**row, "enabled": bool(row["enabled"]), "capabilities": jsontext.decode(row["capabilities"])})

    @property
    def name(self) -> str:
        """Return what the plugin is called: its interface and its integration."""
        return f"{self.namespace}/{self.integration}"

    @property
    def implemented(self) -> list[str]:
        """Return the capabilities that its code has, its own or taken from what the interface shares."""
        names = functions_of(self.code)
        if "*" in names:
            names |= functions_of(self.shared)
        return [name for name in self.capabilities if name in names]


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """Code as it was from one change to the next."""

    version: int
    code: str
    at: int
    actor: str


def check_namespace(namespace: Any) -> str:
    """Return `namespace` when a module can be called so (contract automio, section f). Raises Invalid."""
    if not isinstance(namespace, str) or not _NAME.fullmatch(namespace) or keyword.iskeyword(namespace):
        raise Invalid(
            f"{ascii(namespace)[:80]} cannot be a namespace.",
            hint="Use letters, digits and _, up to 70, not beginning with a digit; it becomes the name of a module.",
            field="namespace",
        )
    return namespace


def checked_capabilities(found: Any) -> list[str]:
    """Return the names of functions. Raises Invalid."""
    if not isinstance(found, list | tuple) or len(found) > MAX_CAPABILITIES:
        raise Invalid(
            f"Capabilities must be a list of at most {MAX_CAPABILITIES} names.",
            hint="Write [get_orders, ship].",
            field="capabilities",
        )
    for number, name in enumerate(found):
        if not isinstance(name, str) or not _NAME.fullmatch(name) or keyword.iskeyword(name):
            raise Invalid(
                f"{ascii(name)[:80]} cannot be a capability.",
                hint="A capability is the name of a function.",
                field=f"capabilities[{number}]",
            )
        if name in found[:number]:
            raise Invalid(
                f'The capability "{name}" is named twice.',
                hint="Name it once.",
                field=f"capabilities[{number}]",
            )
    return list(found)


def checked_code(code: Any) -> str:
    """Return code that Python can read. Raises Invalid with the line at fault."""
    if not isinstance(code, str):
        raise Invalid("The code must be a text.", hint="Send Python.", field="code")
    if len(code.encode("utf-8", "surrogatepass")) > MAX_CODE:
        raise Invalid(
            f"The code is larger than {MAX_CODE >> 20} MiB.", hint="Split it.", field="code", code="too_large"
        )
    if "\0" in code:
        raise Invalid("The code holds the character U+0000.", hint="Leave it out.", field="code")
    try:
        compile(code, "<plugin>", "exec", dont_inherit=True)
    except SyntaxError as error:
        raise Invalid(
            f"The code cannot be read: {error.msg} in line {error.lineno}.", hint="Correct it there.", field="code"
        ) from None
    except (ValueError, RecursionError, MemoryError):
        raise Invalid("The code cannot be read.", hint="Nest it less deeply.", field="code") from None
    return code


@lru_cache(maxsize=256)
def functions_of(code: str) -> frozenset[str]:
    """Return the names that code has at its top, with "*" when it takes all of an interface's."""
    names: set[str] = set()
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        # It was accepted under another version of Python.
        return frozenset()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.ImportFrom):
            names |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, ast.Assign):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return frozenset(names)
