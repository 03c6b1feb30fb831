"""iCalendar files: events with their exceptions, moved occurrences and time zones."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sla_monitor.compliance import periods
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.wallclocks import instant_of_wall

if TYPE_CHECKING:
    from recurring_ical_events import CalendarQuery

MAX_BYTES = 1 << 20
Moment = date | datetime
A_DAY = timedelta(days=1)
_UNREADABLE = (ValueError, LookupError, TypeError, AttributeError)
"""What the libraries raise over a broken calendar."""


class CalendarError(ValueError):
    """The file is no calendar that can be reckoned with; the hint says what to do."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


def read_calendar(folder: Path, name: str) -> str:
    """The text of a calendar beside an agreement, checked. Raises CalendarError."""
    if Path(name).name != name or Path(name).suffix.lower() != ".ics":
        raise CalendarError(f"{name[:60]!r} is no calendar beside the agreement", "a file name such as maintenance.ics")
    try:
        data = (folder / name).read_bytes()
    except OSError as error:
        hint = "put it into the folder of the agreement"
        raise CalendarError(f"{name!r} cannot be read: {error.strerror}", hint) from error
    if len(data) > MAX_BYTES:
        raise CalendarError(f"{name!r} is larger than {MAX_BYTES >> 20} MiB", "take out what has long passed")
    try:
        text = data.decode("utf-8-sig")
        _check(text)
    except _UNREADABLE as error:
        said = str(error).splitlines()[0] if str(error) else repr(error)
        raise CalendarError(f"{name!r} is no sound iCalendar file: {said}", "export it again") from error
    return text


def events(text: str, zone: ZoneInfo, span: Span) -> Iterator[tuple[Span, int | None]]:
    """What touches the span, and when it was last changed; None where the calendar does not say."""
    query, masters = _calendar(text)
    around = (datetime.fromtimestamp(at, UTC) + day for at, day in ((span.start, -A_DAY), (span.end, A_DAY)))
    found_events: list[Any] = query.between(*around)
    for event in found_events:
        start = _instant(event["DTSTART"].dt, zone)
        found = Span(start, max(start, _end(event, masters.get(str(event.get("UID"))), zone)))
        if event.get("STATUS") != "CANCELLED" and found.intersect(span).seconds:
            yield found, _changed(event, zone)


def _end(event: Any, master: Any, zone: ZoneInfo) -> int:
    """Each occurrence of a recurring event lasts as many real seconds as the first (RFC 5545 3.8.5.3)."""
    start, end = event["DTSTART"].dt, event["DTEND"].dt
    if master is None or not isinstance(start, datetime) or master.duration != event.duration:
        return _instant(end, zone)
    if "DTEND" not in master:
        return _instant(start, zone) + int(master.duration.total_seconds())
    length = _instant(master["DTEND"].dt, zone) - _instant(master["DTSTART"].dt, zone)
    return _instant(start, zone) + length


def _changed(event: Any, zone: ZoneInfo) -> int | None:
    said = event.get("LAST-MODIFIED") or event.get("CREATED")
    return None if said is None else _instant(said.dt, zone)


def _instant(moment: Moment, zone: ZoneInfo) -> int:
    """A whole day begins at local midnight; what names no zone is in the agreement's."""
    if not isinstance(moment, datetime):
        return periods.instant_of(moment, zone)
    return int(moment.timestamp()) if moment.tzinfo is not None else instant_of_wall(moment, zone)


def _parsed(text: str) -> Any:
    from icalendar import Calendar  # noqa: PLC0415 - some megabytes, and few agreements have a calendar

    return Calendar.from_ical(text)


@lru_cache(maxsize=256)
def _calendar(text: str) -> tuple[CalendarQuery, dict[str, Any]]:
    """The calendar, and its recurring events by their UID."""
    import recurring_ical_events  # noqa: PLC0415 - as below

    calendar = _parsed(text)
    recurring = (event for event in calendar.walk("VEVENT") if "RRULE" in event or "RDATE" in event)
    return recurring_ical_events.of(calendar), {str(event.get("UID")): event for event in recurring}


def _check(text: str) -> None:
    query, _ = _calendar(text)
    calendar = _parsed(text)
    for event in calendar.walk("VEVENT"):
        if event.errors:
            name, said = event.errors[0]
            raise ValueError(f"{name}: {said}")
        start = event["DTSTART"]
        for moment in (start, event.get("DTEND", start)):
            _check_zone(moment)
        first = datetime.fromtimestamp(_instant(start.dt, ZoneInfo("UTC")), UTC)
        list(query.between(first, first + A_DAY))


def _check_zone(moment: Any) -> None:
    """The library takes a zone it does not know for none at all."""
    named = moment.params.get("TZID")
    if named and isinstance(moment.dt, datetime) and moment.dt.tzinfo is None:
        raise ValueError(f"no time zone is called {named!r}")
