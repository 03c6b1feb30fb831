"""How slices become an attainment, and over which windows."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, ConfigDict, Field, model_validator

from sla_monitor.agreements.quantities import (
    Duration,
    Limit,
    Number,
    PositiveDuration,
    parsed,
    read_count,
    read_limit,
    wrong,
)
from sla_monitor.agreements.schema.strictness import ShortForm, Strict, one_key, one_of, wrong_choice

Edge = Literal["span", "clip"]


class Events(Strict):
    """Good events by all events."""


class Quantum(Strict):
    """Downtime is counted in whole quanta."""

    of: PositiveDuration
    mode: Literal["floor", "ceil", "whole-clock", "touched-clock"] = "floor"


class Time(Strict):
    """Good seconds by known seconds."""

    at_least: Duration | None = Field(None, description="spells shorter than this do not count")
    count: Literal["whole", "excess"] | None = None
    quantum: Quantum | None = None
    edge: Edge | None = None


def _read_bad_when(text: str) -> Limit:
    limit = read_limit(text)
    if limit.comparison is None:
        raise wrong(f"{text!r} says no comparison", "write '> 5%'")
    return limit


class Intervals(Strict):
    """Intervals are good or bad, or graded where badWhen is absent."""

    every: PositiveDuration
    bad_when: Annotated[Limit, *parsed(_read_bad_when, r"^\s*(>=|<=|>|<)\s*\S+$", "> 5%")] | None = None
    at_least: Duration | None = None
    edge: Edge = "span"
    min_events: Annotated[int, *parsed(read_count(0, 10**9), r"^\d+$", "100")] | None = None
    low_traffic: Literal["as-is", "good", "bad", "exclude"] = "as-is"
    empty: Literal["good", "bad", "exclude", "unknown"] = "good"
    weight: Literal["interval", "time"] = "interval"
    anchor: Literal["window", "epoch"] = "window"


class Total(Strict):
    """The amount, held against the target."""


class Statistic(Strict):
    """A statistic over samples, or over slices."""

    weight: Literal["sample", "slice"] = "sample"


def _percentile(value: Any) -> Any:
    if not 0 < value <= 100:  # noqa: PLR2004 - percentiles end at 100
        raise wrong("a percentile is above 0 and at most 100")
    return value


class Percentile(Statistic):
    """The nearest-rank percentile."""

    p: Annotated[Number, AfterValidator(_percentile)]


class Spells(Strict):
    """A statistic over the spells of downtime."""

    statistic: Literal["longest", "count", "mean", "between"] = "longest"
    at_least: Duration | None = None
    edge: Edge = "span"


class Method(Strict):
    """Exactly one method, with its options."""

    model_config = ConfigDict(json_schema_extra=one_key)
    events: Events | None = None
    time: Time | None = None
    intervals: Intervals | None = None
    total: Total | None = None
    mean: Statistic | None = None
    max: Statistic | None = None
    min: Statistic | None = None
    percentile: Percentile | None = None
    spells: Spells | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        one_of(self)
        return self

    @property
    def kind(self) -> str:
        return next(iter(self.model_fields_set))


METHODS = tuple(Method.model_fields)
_ALONE = tuple(name for name in METHODS if name not in ("intervals", "percentile"))


def _method(name: str) -> dict[str, dict[str, str]]:
    if name not in METHODS:
        raise wrong_choice(name, METHODS)
    return {name: {}}


class Window(Strict):
    """A calendar period that begins elsewhere than usual, or a rolling length."""

    every: Literal["hour", "day", "week", "month", "quarter", "year"] | None = None
    start_day: Annotated[int, *parsed(read_count(1, 31), r"^\d+$", "15")] | None = None
    start_month: Annotated[int, *parsed(read_count(1, 12), r"^\d+$", "2")] | None = None
    rolling: PositiveDuration | None = None

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if (self.every is None) == (self.rolling is None):
            raise wrong("wants exactly one of every and rolling", "{every: month} or {rolling: 30d}")
        if self.start_day and self.every not in ("month", "quarter", "year"):
            raise wrong("startDay belongs to months, quarters and years", "{every: month, startDay: 15}")
        if self.start_month and self.every not in ("quarter", "year"):
            raise wrong("startMonth belongs to quarters and years", "{every: quarter, startMonth: 2}")
        return self


CALENDAR = ("hour", "day", "week", "month", "quarter", "year")


def _window(name: str) -> dict[str, str]:
    if name not in CALENDAR:
        raise wrong_choice(name, CALENDAR)
    return {"every": name}


MethodOrName = Annotated[Method, ShortForm(_method, {"enum": list(_ALONE)})]
WindowOrName = Annotated[Window, ShortForm(_window, {"enum": list(CALENDAR)})]
