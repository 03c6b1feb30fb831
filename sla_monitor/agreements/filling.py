"""What an agreement says for one customer of many: texts filled in, and every query put to its series alone.

The places are found once; for each customer only they are written anew.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, Protocol

from sla_monitor.compliance.exclusions import CalendarFile, Queried
from sla_monitor.compliance.terms import Document, Indicator, Measurement, Query

PLACE = re.compile(r"\{\{\s*(\w*)\s*\}\}")
OWN_NAME = "{{}}"
"""Stands for the agreement's own name, where that is what a text is unless given."""


class Narrowing(Protocol):
    """Puts a query to the series that bear these labels."""

    def narrowed_query(self, text: str, matchers: Mapping[str, str]) -> str: ...


@dataclass(frozen=True, slots=True)
class Values:
    """What is put in for one customer. texts: by what stands between the braces; match: labels of its series."""

    name: str
    texts: Mapping[str, str]
    match: Mapping[str, str]


Form = Callable[[Values], Any]


def form_of(record: Any, promql: Narrowing, names: Collection[str] = ()) -> Form:
    """Makes the record for a customer. `names`: texts that must stay DNS labels."""
    return _Compiler(promql, frozenset(names)).form(record) or (lambda _: record)


def filled(text: str, values: Values) -> str:
    """The text as this customer reads it."""
    return PLACE.sub(lambda place: values.texts[place[1]] if place[1] else values.name, text)


def filled_name(text: str, texts: Mapping[str, str]) -> str:
    """A name: what is put in becomes a part of a DNS label."""
    return PLACE.sub(lambda place: slug(texts[place[1]]), text)


def slug(text: str) -> str:
    """As a part of a DNS label; empty where nothing of it can be."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


@dataclass(frozen=True, slots=True)
class _Compiler:
    promql: Narrowing
    names: frozenset[str]

    def form(self, value: Any) -> Form | None:
        match value:
            case str():
                return self._text(value)
            case tuple():
                return _of_tuple(value, self.form)
            case Measurement(indicator=indicator):
                return _of_record(value, {"indicator": self._narrowed(indicator)})
            case Queried(query=query):
                return _of_record(value, {"query": self._narrowed(query)})
        if not is_dataclass(value) or isinstance(value, CalendarFile | Document):
            return None
        return _of_record(value, {one.name: self.form(getattr(value, one.name)) for one in fields(value)})

    def _text(self, text: str) -> Form | None:
        if not PLACE.search(text):
            return None
        if text in self.names:
            return lambda values: filled_name(text, values.texts)
        return lambda values: filled(text, values)

    def _narrowed(self, value: Any) -> Form | None:
        """Every text in an indicator is PromQL."""
        if isinstance(value, str):
            return lambda values: self.promql.narrowed_query(value, values.match)
        if isinstance(value, tuple):
            return _of_tuple(value, self._narrowed)
        if not isinstance(value, Query | Indicator):
            return None
        return _of_record(value, {one.name: self._narrowed(getattr(value, one.name)) for one in fields(value)})


def _of_tuple(value: tuple[Any, ...], form: Callable[[Any], Form | None]) -> Form | None:
    forms = [form(one) for one in value]
    if not any(forms):
        return None
    return lambda values: tuple(one if made is None else made(values) for one, made in zip(value, forms, strict=True))


def _of_record(record: Any, forms: Mapping[str, Form | None]) -> Form | None:
    wanted = {name: form for name, form in forms.items() if form is not None}
    if not wanted:
        return None
    return lambda values: replace(record, **{name: form(values) for name, form in wanted.items()})
