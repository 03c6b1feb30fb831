"""What a broken promise costs."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from sla_monitor.agreements.quantities import (
    Bound,
    Credited,
    Excess,
    Lapse,
    Lapsed,
    Least,
    Limited,
    Number,
    PositiveDuration,
    Quantity,
    Within,
    parsed,
    read_count,
    read_credit,
    read_lapse,
    wrong,
)
from sla_monitor.agreements.schema.strictness import ShortForm, Strict, Text, wrong_choice

KINDS = ("schedule", "proportional", "per_block", "per_subwindow", "exceedance", "escalation", "flat")


class Tier(Strict):
    """What is owed under a bound, and over another."""

    below: Bound | None = None
    at_or_below: Bound | None = None
    above: Bound | None = None
    at_or_above: Bound | None = None
    credit: Credited

    @model_validator(mode="after")
    def _bounds(self) -> Self:
        under, over = (self.below, self.at_or_below), (self.above, self.at_or_above)
        if None not in under or None not in over or (under, over) == ((None, None), (None, None)):
            raise wrong("wants at least one bound, and one a side", "below or atOrBelow, above or atOrAbove")
        return self


class Proportional(Strict):
    """So many times the share that was missed."""

    factor: Number


class PerBlock(Strict):
    """So much for each block of an outage."""

    every: PositiveDuration
    credit: Credited
    partial: Literal["floor", "ceil"] = Field("floor", description="whether a block begun counts")
    longer_than: PositiveDuration | None = Field(None, description="only of outages longer than this")
    at_least: PositiveDuration | None = Field(None, description="only of outages at least so long")
    max_per_day: Annotated[int, *parsed(read_count(1, 10**6), r"^\d+$", "1")] | None = None

    @model_validator(mode="after")
    def _one_length(self) -> Self:
        if self.longer_than is not None and self.at_least is not None:
            raise wrong("has longerThan and atLeast at once", "exactly so long counts under atLeast only")
        return self


class PerSubwindow(Strict):
    """So much for each hour or day that missed its own target."""

    every: Literal["hour", "day"]
    target: Limited = Field(description="of its own: 99%, or such as '<= 40ms' for what is no share")
    credit: Credited


class Exceedance(Strict):
    """What is owed when the limit is exceeded by more than a share of it, or by that at least; without, by anything."""

    over: Excess | None = None
    at_or_over: Excess | None = None
    credit: Credited

    @model_validator(mode="after")
    def _one_bound(self) -> Self:
        if self.over is not None and self.at_or_over is not None:
            raise wrong("has over and atOrOver at once", "exactly that much counts under atOrOver only")
        return self


def _read_remedy(text: str) -> Quantity | None:
    return None if text.strip() == "termination" else read_credit(text)


class Failure(Strict):
    """What so many failures earn; None: the right to terminate."""

    count: Annotated[int, *parsed(read_count(1, 10**6), r"^\d+$", "2")]
    credit: Annotated[Quantity | None, *parsed(_read_remedy, r"^.+$", "20%", "termination")]


class Escalating(Strict):
    """Repeated failures cost more."""

    within: Within
    failures: tuple[Failure, ...] = Field(min_length=1)


PERIODS = ("day", "week", "month", "quarter", "year")


def _read_per(text: str) -> str | Lapse:
    if text in PERIODS:
        return text
    if not text[:1].isdigit():
        raise wrong_choice(text, PERIODS)
    return read_lapse(text)


class LongCap(Strict):
    """No more than this over a longer period: a calendar one, or so long until a window's end."""

    up_to: Credited | None = None
    per: Annotated[str | Lapse, *parsed(_read_per, r"^.+$", "year", "12 months")]


class Credits(Strict):
    """Exactly one way of counting, and what bounds it."""

    schedule: tuple[Tier, ...] | None = Field(None, min_length=1)
    on: Literal["attainment", "bad seconds"] = "attainment"
    proportional: Proportional | None = None
    per_block: PerBlock | None = None
    per_subwindow: PerSubwindow | None = None
    exceedance: tuple[Exceedance, ...] | None = Field(None, min_length=1)
    escalation: Escalating | None = None
    flat: Credited | None = None
    of: Text | None = Field(None, description="what the credit is a share of")
    cap: Credited | None = None
    cap_per: Annotated[LongCap, ShortForm(lambda per: {"per": per}, {"type": "string"})] | None = None
    minimum: Least | None = None
    claim_within: Lapsed | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        given = [kind for kind in KINDS if getattr(self, kind) is not None]
        if len(given) != 1:
            hint = "schedule, proportional, perBlock, perSubwindow, exceedance, escalation or flat"
            raise wrong(f"must be counted in one way, not in {len(given)}", hint)
        return self
