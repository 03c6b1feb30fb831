"""How the agreements of the library are written: YAML and comments as people write them."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable

import yaml

WIDTH = 116
_UNITS = {"s": "second", "m": "minute", "h": "hour", "d": "day"}


class _Dumper(yaml.SafeDumper):
    """Numbers are texts here and stand as they are: none is taken for something that wants quotes."""

    yaml_implicit_resolvers = {}  # noqa: RUF012 - PyYAML declares it so

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002 - lists are indented
        return super().increase_indent(flow, False)


def _quoted(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, "'" if re.search(r'[{}<>"]', text) else None)


_Dumper.add_representer(str, _quoted)


def flow(value: object) -> str:
    """On one line."""
    return _dumped(value, one_line=True)


def block(value: object, indent: int) -> str:
    """Over several lines, small collections on one where they fit."""
    text = _dumped(value, one_line=None)
    if any(len(line) + indent > WIDTH for line in text.splitlines()):
        text = _dumped(value, one_line=False)
    return textwrap.indent(text, " " * indent)


def comment(said: str | Iterable[str | None], indent: int = 0) -> str:
    """One paragraph of all that is said; nothing where nothing is."""
    parts = [said] if isinstance(said, str) else [part for part in said if part]
    start = " " * indent + "# "
    words = " ".join(" ".join(parts).split())
    return textwrap.fill(
        words, WIDTH, initial_indent=start, subsequent_indent=start, break_long_words=False, break_on_hyphens=False
    )


def lasting(duration: str) -> str:
    """`5m` in words."""
    number, unit = duration[:-1], _UNITS[duration[-1]]
    return f"{number} {unit}" if number == "1" else f"{number} {unit}s"


def article(noun: str) -> str:
    """`a minute`, `an hour`."""
    return f"{'an' if noun.startswith(('hour', 'interval')) else 'a'} {noun}"


def sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def _dumped(value: object, *, one_line: bool | None) -> str:
    text: str = yaml.dump(
        value, Dumper=_Dumper, default_flow_style=one_line, width=10**6, sort_keys=False, allow_unicode=True
    )
    return text.removesuffix("...\n").rstrip("\n")
