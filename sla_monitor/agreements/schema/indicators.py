"""What is measured: exactly one kind of indicator for each objective."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from sla_monitor.agreements.quantities import Limit, PositiveDuration, parsed, read_limit, wrong
from sla_monitor.agreements.schema.strictness import EventsQuery, GaugeQuery, Selector, Strict, one_key, one_of


class Selection(Strict):
    """Series that are added up, or one free query."""

    selectors: tuple[Selector, ...] | None = Field(None, min_length=1)
    query: EventsQuery | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        one_of(self)
        return self


def _selection(value: object) -> object:
    if isinstance(value, str):
        return {"selectors": [value]}
    if isinstance(value, list):
        return {"selectors": value}
    if isinstance(value, dict) and "selectors" in value:
        raise wrong("a selection has no key 'selectors'", "write a selector, a list of them, or {query: …}")
    return value


_SELECTION_SCHEMA: dict[str, Any] = {
    "description": "a vector selector, a list of them to be added up, or a query that says [$slice]",
    "anyOf": [
        {"type": "string"},
        {"type": "array", "items": {"type": "string"}, "minItems": 1},
        {
            "type": "object",
            "properties": {"query": {"type": "string", "examples": ["sum(increase(errors_total[$slice]))"]}},
            "required": ["query"],
            "additionalProperties": False,
        },
    ],
}
Selected = Annotated[Selection, BeforeValidator(_selection), WithJsonSchema(_SELECTION_SCHEMA)]


class Ratio(Strict):
    """Counters of good or bad events, and of all of them."""

    good: Selected | None = None
    bad: Selected | None = None
    total: Selected

    @model_validator(mode="after")
    def _good_or_bad(self) -> Self:
        if (self.good is None) == (self.bad is None):
            told = "neither good nor bad" if self.good is None else "good and bad at once"
            raise wrong(f"has {told}", "exactly one of: good, bad")
        return self


def _without_suffix(selector: str) -> str:
    if found := re.search(r"_(bucket|count|sum)\s*(\{|$)", selector):
        raise wrong(f"names the histogram with _{found[1]}", f"leave out _{found[1]}: it is added where it is needed")
    return selector


class Latency(Strict):
    """Requests answered within the threshold, by a histogram."""

    histogram: Annotated[Selector, AfterValidator(_without_suffix)] = Field(
        description="the histogram's name without _bucket", examples=['http_request_duration_seconds{job="api"}']
    )
    threshold: PositiveDuration = Field(description="the upper bound of a bucket")


class Probe(Strict):
    """0/1 gauges such as up or probe_success."""

    series: Selector
    combine: Literal["any", "all", "mean", "quorum", "pooled"] = "any"


def _read_is(text: str) -> Limit:
    limit = read_limit(text)
    if limit.comparison is None:
        raise wrong(f"{text!r} says no comparison", "write '<= 0.3'")
    return limit


Held = Annotated[Limit, *parsed(_read_is, r"^\s*(>=|<=|>|<)\s*\S+$", "<= 0.3", "< 300ms")]


class Threshold(Strict):
    """A gauge held against a number; up while it holds."""

    query: GaugeQuery
    is_: Held = Field(alias="is", description="comparison and number, such as '<= 0.3'")


class Value(Strict):
    """A gauge whose samples are judged by a statistic."""

    query: GaugeQuery


class Amount(Strict):
    """A quantity that adds up."""

    model_config = ConfigDict(json_schema_extra=one_key)
    counter: Selector | None = None
    query: EventsQuery | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        one_of(self)
        return self


class Composite(Strict):
    """Down while all, or any, of its parts are."""

    down: Literal["all", "any"]
    of: tuple[Indicator, ...] = Field(min_length=1)


class Indicator(Strict):
    """Exactly one kind of measurement."""

    model_config = ConfigDict(json_schema_extra=one_key)
    ratio: Ratio | None = None
    latency: Latency | None = None
    probe: Probe | None = None
    threshold: Threshold | None = None
    value: Value | None = None
    amount: Amount | None = None
    composite: Composite | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        one_of(self)
        return self

    @property
    def kind(self) -> str:
        return next(iter(self.model_fields_set))
