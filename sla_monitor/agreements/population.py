"""From a sound document to the core's service hours and rules of exclusion."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from sla_monitor.agreements.icalendars import read_calendar
from sla_monitor.agreements.lifetime import instant_of
from sla_monitor.agreements.objectivechecks import slice_of
from sla_monitor.agreements.schema.documents import TemplateSpec
from sla_monitor.agreements.schema.exclusions import Allowance, During, Exclusion
from sla_monitor.compliance import exclusions, periods
from sla_monitor.compliance.silences import matcher_of
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.terms import Hours
from sla_monitor.compliance.wallclocks import wall_of

MINUTE = 60
AROUND_THE_CLOCK = "24/7"
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - a wall clock knows no zone


def hours_of(text: str | None, holidays: str | None) -> Hours | None:
    return None if text in (None, AROUND_THE_CLOCK) else Hours(str(text), holidays or "")


def anchor_of(spec: TemplateSpec, zone: ZoneInfo) -> datetime:
    """From where recurrences are counted: the begin of the term, by the wall clock."""
    begin = instant_of(spec, "from_")
    return _EPOCH if begin is None else wall_of(begin, zone)


def rules_of(spec: TemplateSpec, zone: ZoneInfo, folder: Path) -> tuple[exclusions.Rule, ...]:
    """Raises CalendarError."""
    anchor = anchor_of(spec, zone)
    return tuple(_rule(one, _during(one.during, spec, zone, anchor, folder), zone) for one in spec.exclusions)


def _rule(exclusion: Exclusion, during: exclusions.During, zone: ZoneInfo) -> exclusions.Rule:
    return exclusions.Rule(
        name=exclusion.name,
        category=exclusion.category,
        during=during,
        effect=exclusions.Effect(exclusion.effect),
        announced=periods.parse_instant(exclusion.announced, zone) if exclusion.announced else None,
        notice=None if exclusion.notice is None else int(exclusion.notice),
        allowance=_allowance(exclusion.allowance),
        objectives=exclusion.objectives,
    )


def _during(during: During, spec: TemplateSpec, zone: ZoneInfo, anchor: datetime, folder: Path) -> exclusions.During:
    if during.ics is not None:
        return exclusions.CalendarFile(during.ics, read_calendar(folder, during.ics))
    if during.rrule is not None and during.length is not None:
        return exclusions.Recurring(during.rrule, anchor, int(during.length))
    if during.query is not None:
        return exclusions.Queried(during.query, spec.source, _grain(spec))
    if during.silences is not None:
        return exclusions.Silenced(tuple(matcher_of(text) for text in during.silences.matchers))
    if during.from_ is not None and during.until is not None:
        return exclusions.Once(
            Span(periods.parse_instant(during.from_, zone), periods.parse_instant(during.until, zone))
        )
    raise AssertionError("a refused exclusion was let through")


def _allowance(allowance: Allowance | None) -> exclusions.Allowance | None:
    if allowance is None:
        return None
    return exclusions.Allowance(int(allowance.up_to), periods.Unit(allowance.per), exclusions.Uses(allowance.uses))


def _grain(spec: TemplateSpec) -> int:
    """The slice of a query that excludes: the finest of the objectives, whose series come from the same source."""
    return max(MINUTE, min(int(slice_of(objective)) for objective in spec.objectives))
