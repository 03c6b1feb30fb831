"""Service hours in OpenStreetMap's opening_hours syntax, and whose public holidays they speak of."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema

from sla_monitor.agreements.openinghours import HoursError, check_holidays, check_hours
from sla_monitor.agreements.quantities import wrong
from sla_monitor.agreements.schema.strictness import Text

_DAYS = "Mo|Tu|We|Th|Fr|Sa|Su|PH|SH"
_MONTHS = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
_WORDS = "off|closed|open|unknown|week|easter|dawn|sunrise|sunset|dusk|days?"
_TOKEN = re.compile(rf"24/7|\d\d?:\d\d|\d+|(?:{_DAYS}|{_MONTHS}|{_WORDS})(?![A-Za-z])|\"[^\"]*\"|[-,;+/\[\]():| ]")


def _service_hours(text: str) -> str:
    if rest := [part for part in _TOKEN.split(text) if part]:
        raise wrong(f"{rest[0][:20]!r} is no part of opening hours", "such as 24/7, or Mo-Fr 08:00-18:00; PH off")
    hours = [(int(hour), int(minute)) for hour, minute in re.findall(r"(\d+):(\d\d)", text)]
    if any(hour > 48 or minute > 59 for hour, minute in hours):  # noqa: PLR2004 - times run into the next day
        raise wrong("holds a time of day that there is not", "from 00:00 to 48:00")
    try:
        check_hours(text)
    except HoursError as error:
        raise wrong(str(error), error.hint) from error
    return text


def _region(text: str) -> str:
    try:
        check_holidays(text)
    except HoursError as error:
        raise wrong(str(error), error.hint) from error
    return text


ServiceHours = Annotated[
    Text,
    AfterValidator(_service_hours),
    WithJsonSchema({"type": "string", "examples": ["24/7", "Mo-Fr 08:00-18:00; PH off"]}),
]
Region = Annotated[Text, AfterValidator(_region), WithJsonSchema({"type": "string", "examples": ["DE", "DE-BY"]})]
