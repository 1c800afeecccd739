"""The template environment: autoescape on, our filters, our macros as globals, no way to reach the network."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from itertools import islice
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from botyard.base import jsontext
from botyard.console import assets, codeview, terminal, wording


@cache
def environment() -> Environment:
    """Return the one environment; templates are compiled once."""
    env = Environment(
        loader=PackageLoader("botyard.console", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    env.filters.update(
        absolute=wording.absolute,
        actor=wording.actor,
        ago=wording.ago,
        clock_time=wording.clock_time,
        count_of=wording.count_of,
        duration=wording.duration,
        first_of=lambda values, count: list(islice(values, count)),
        iso=wording.iso,
        json_path=json_path,
        json_text=jsontext.encode,
        message=wording.message,
        line_counts=codeview.counts,
        local_time=wording.local_time,
        number=wording.number,
        rate=wording.rate,
        numbered=enumerate,
        plain=terminal.plain,
        short_id=wording.short_id,
        size=wording.size,
        state_word=wording.state_word,
    )
    env.globals.update(asset=assets.address, counted=counted)
    env.globals["icon"] = _macros(env, "macros/icons.html").icon
    env.globals["ui"] = _macros(env, "macros/ui.html")
    return env


def _macros(env: Environment, name: str) -> Any:
    return env.get_template(name).module


def whole(name: str, context: Mapping[str, Any]) -> str:
    """Return a page with its frame."""
    return environment().get_template(name).render(context)


def part(name: str, block: str, context: Mapping[str, Any]) -> str:
    """Return one block of a page, for the browser to swap in."""
    template = environment().get_template(name)
    if block not in template.blocks:
        return template.render(context)
    return "".join(template.blocks[block](template.new_context(dict(context))))


def counted(rows: list[Any], limit: int) -> str:
    """Return how many rows there are, `50+` when the list was cut at `limit`."""
    return f"{limit}+" if len(rows) >= limit else str(len(rows))


def json_path(path: str, key: str | int) -> str:
    """Return the path of a member: `$.customer.orders[3]`, quoted where a name needs it."""
    if isinstance(key, int):
        return f"{path}[{key}]"
    return f"{path}.{key}" if key.isidentifier() else f"{path}[{jsontext.encode(key)}]"
