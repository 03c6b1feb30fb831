"""How records are written down so that two parties, in any language, get the same bytes and the same digest.

Canonical JSON is RFC 8785 (JCS) over a smaller set of values: texts, whole numbers, true, false, null, lists and
records. Fractions are texts, and there are no floats, so nothing hangs on how a language prints them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from fractions import Fraction
from typing import Any, overload

from sla_monitor.compliance import ratios

Record = dict[str, Any]
SAFE = 1 << 53
"""Whole numbers are smaller than this: every JSON parser keeps those."""


def exact(value: Fraction | int | None) -> str | None:
    """`0.9992`, or `1/3` where no twelve decimals say all of it."""
    if value is None:
        return None
    value = Fraction(value)
    return ratios.plain(value) if ratios.terminates(value) else f"{value.numerator}/{value.denominator}"


@overload
def parsed(text: str) -> Fraction: ...
@overload
def parsed(text: None) -> None: ...
def parsed(text: str | None) -> Fraction | None:
    """What `exact` wrote."""
    return None if text is None else Fraction(text)


def canonical(value: Any) -> str:
    """Canonical JSON. TypeError for what has no place in it, a float above all."""
    if isinstance(value, Mapping):
        pairs = sorted(value.items(), key=_by_utf16)
        return "{" + ",".join(f"{_text(name)}:{canonical(one)}" for name, one in pairs) + "}"
    if isinstance(value, str):
        return _text(value)
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, int) and -SAFE < value < SAFE:
        return str(value)
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(canonical, value)) + "]"
    raise TypeError(f"{value!r} has no canonical form: write fractions and large numbers as texts")


def digest(text: str) -> str:
    """SHA-256 of the text in UTF-8, in hex; of bytes that were no UTF-8, as they were read."""
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _by_utf16(pair: tuple[Any, Any]) -> bytes:
    """The order of RFC 8785, 3.2.3."""
    if not isinstance(pair[0], str):
        raise TypeError(f"the name {pair[0]!r} is no text")
    return pair[0].encode("utf-16-be")
