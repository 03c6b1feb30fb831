"""A promise, and what an amendment may change of it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from sla_monitor.agreements.quantities import Limited, Percentage, PositiveDuration, parsed, read_count
from sla_monitor.agreements.schema.hours import ServiceHours
from sla_monitor.agreements.schema.indicators import Indicator
from sla_monitor.agreements.schema.methods import MethodOrName, WindowOrName
from sla_monitor.agreements.schema.servicecredits import Credits
from sla_monitor.agreements.schema.strictness import Name, ShortForm, Strict, Text, wrong_choice

_read_digits = read_count(0, 10)


def _read_rounding(text: str) -> int | None:
    return None if text == "none" else _read_digits(text)


class Rounding(Strict):
    """How the percentage is rounded before it is compared; `digits` None: it is not."""

    digits: Annotated[int | None, *parsed(_read_rounding, r"^\d+$", "2")]
    mode: Literal["half-up", "half-even", "down", "up"] = "half-up"


def _rounding(word: str) -> dict[str, str]:
    if word != "none":
        raise wrong_choice(word, ["none", "{digits: 2, mode: half-up}"])
    return {"digits": word}


NoData = Literal["unknown", "good", "bad", "exclude"]
RoundingOrNone = Annotated[Rounding, ShortForm(_rounding, {"const": "none"})]


class ObjectiveChange(Strict):
    """The parts of an objective that are written anew; the rest stays."""

    name: Name
    description: Text | None = None
    target: Limited | None = Field(None, description="99.9% for events and time; '<= 45ms', '>= 500' for the others")
    warn_at: Limited | None = Field(None, description="a stricter internal goal; crossing it is at risk")
    indicator: Indicator | None = None
    method: MethodOrName | None = None
    slice: PositiveDuration | None = Field(None, description="1m unless given; divides a day")
    window: WindowOrName | None = Field(None, description="month unless given")
    partial_window: Literal["prorate", "assume-good", "skip", "full"] | None = None
    exclusion_order: Literal["before", "after"] | None = None
    no_data: NoData | None = None
    min_coverage: Percentage | None = None
    rounding: RoundingOrNone | None = None
    service_hours: ServiceHours | None = None
    credits: Credits | None = None


class Objective(ObjectiveChange):
    """One promise: an indicator, how it is counted, and the target it is held against."""

    target: Limited = Field(description="99.9% for events and time; '<= 45ms', '>= 500' for the others")
    indicator: Indicator
