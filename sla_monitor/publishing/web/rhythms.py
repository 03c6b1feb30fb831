"""Recurrence rules in words, where few words say all of them."""

from __future__ import annotations

import re
from datetime import datetime

_DAYS = {
    "MO": "Monday",
    "TU": "Tuesday",
    "WE": "Wednesday",
    "TH": "Thursday",
    "FR": "Friday",
    "SA": "Saturday",
    "SU": "Sunday",
}
_PLACES = {"": "every", "1": "the first", "2": "the second", "3": "the third", "4": "the fourth", "-1": "the last"}
_SAID = {"FREQ", "BYDAY", "BYHOUR", "BYMINUTE", "BYSECOND"}
_WEEKDAY = re.compile(r"(-?\d)?(\w\w)")


def words(rule: str, anchor: datetime) -> str:
    """`every Sunday at 03:00`; of what is not as simple as that the rule itself. `anchor`: as the rule counts from."""
    parts = dict(part.split("=", 1) for part in rule.upper().split(";") if "=" in part)
    clock = _clock(parts, anchor)
    days = _days(parts.get("FREQ", ""), parts.get("BYDAY", ""))
    if clock is None or not days or not set(parts) <= _SAID:
        return rule
    return f"{days} at {clock}"


def _clock(parts: dict[str, str], anchor: datetime) -> str | None:
    """None where it is of several times a day, or not of a whole minute."""
    hour, minute = parts.get("BYHOUR", str(anchor.hour)), parts.get("BYMINUTE", str(anchor.minute))
    whole = int(parts.get("BYSECOND", str(anchor.second)).split(",")[0]) == 0
    return f"{int(hour):02d}:{int(minute):02d}" if whole and hour.isdecimal() and minute.isdecimal() else None


def _days(freq: str, days: str) -> str:
    found = [_WEEKDAY.fullmatch(day) for day in days.split(",")] if days else []
    named = [(one[1] or "", _DAYS.get(one[2], "")) for one in found if one is not None]
    if freq == "DAILY" and not days:
        return "every day"
    if len(named) < max(1, len(found)) or not all(name for _, name in named):
        return ""
    if freq in ("DAILY", "WEEKLY") and not any(place for place, _ in named):
        return f"every {_listed([name for _, name in named])}"
    if freq == "MONTHLY" and len(named) == 1 and named[0][0] in _PLACES:
        place, name = named[0]
        return f"{_PLACES[place]} {name} of a month" if place else f"every {name}"
    return ""


def _listed(names: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
