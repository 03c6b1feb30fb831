"""Pages and records of an agreement with service hours and exclusions."""

from __future__ import annotations

from datetime import datetime
from html import unescape

import pytest

from sla_monitor.compliance import methods
from sla_monitor.compliance.exclusions import Allowance, CalendarFile, Effect, Once, Recurring, Rule
from sla_monitor.compliance.periods import Unit
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.terms import Hours
from sla_monitor.publishing import records
from sla_monitor.publishing.web import contracts, exclusions, shapes
from tests.publishing import boards
from tests.publishing.boards import AT, BERLIN, Contract, Story, board
from tests.web.sites import World, client

HOUR = 3600
OFFICE = Hours("Mo-Fr 08:00-18:00; PH off", "DE-BY")
NIGHT = Recurring("FREQ=WEEKLY;BYDAY=TU;BYHOUR=17", datetime.fromisoformat("2026-01-01"), 2 * HOUR)
PATCHING = Rule("patching", "maintenance", NIGHT, allowance=Allowance(int(2.5 * HOUR), Unit.MONTH))
LATE = Rule(
    "freeze", "customer-caused", Once(Span(AT - 2 * HOUR, AT - HOUR)), Effect.GOOD,
    announced=AT - 3 * HOUR, notice=72 * HOUR, objectives=("reachable",),
)  # fmt: skip
HOLIDAYS = Rule("holidays", "other", CalendarFile("holidays.ics", "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"))
CONTRACT = Contract(
    name="acme",
    zone=BERLIN,
    stories=(Story(name="reachable", method=methods.TIME, hours=OFFICE),),
    exclusions=(PATCHING, LATE, HOLIDAYS),
)


@pytest.fixture
def world() -> World:
    return World(board(CONTRACT))


async def page(world: World, path: str) -> str:
    async with client(world) as http:
        answer = await http.get(path)
    assert answer.status_code == 200
    return " ".join(unescape(answer.text).split())


async def test_the_page_of_an_agreement_tells_hours_and_exclusions_as_agreed(world: World):
    text = await page(world, "/agreements/acme")
    for said in (
        "Mo-Fr 08:00-18:00; PH off, public holidays of DE-BY",
        '<strong>patching</strong> <span class="faint">maintenance, left out</span>',
        "2h, every Tuesday at 17:00",
        "at most 2h 30m a month",
        "customer caused, counts as up",
        "21 Oct 2026 12:00 CEST – 21 Oct 2026 13:00 CEST",
        "for reachable only; announced 21 Oct 2026 11:00 CEST; to be announced 3d before",
        "the events of holidays.ics",
    ):
        assert said in text


async def test_the_page_of_an_objective_tells_what_each_excluded_and_why_not_more(world: World):
    """Tuesdays from 17 to 19 o'clock: an hour of each is promised; of the third only half an hour is allowed."""
    text = await page(world, "/agreements/acme/reachable")
    unpromised = "1h refused: nothing was promised then: outside the service hours or the term"
    for said in (
        '1h left out <span class="note">6 Oct 2026 17:00 CEST – 6 Oct 2026 19:00 CEST</span>',
        f'6 Oct 2026 19:00 CEST</span><span class="note">{unpromised}',
        '30m left out <span class="note">20 Oct 2026',
        "30m refused: the allowance of 150 min a month is used up",
        'nothing left out <span class="note">27 Oct 2026',
        "1h refused: a notice of 3 d was agreed, and it was announced only 2026-10-21 11:00 CEST",
    ):
        assert said in text


def test_the_record_of_a_standing_tells_what_was_excluded(world: World):
    assert records.as_record(world.board.entries[0].current)["excluded_seconds"] == 2.5 * HOUR


def test_the_record_of_an_agreement_tells_what_was_agreed():
    made = boards.board(CONTRACT).agreements[0]
    record = contracts.as_record(made)
    shapes.Agreement.model_validate(record)
    assert [one["during"] for one in record["exclusions"]] == [
        {"rrule": NIGHT.rule, "length_seconds": 2 * HOUR},
        {"from": "2026-10-21T10:00:00Z", "until": "2026-10-21T11:00:00Z"},
        {"ics": "holidays.ics"},
    ]
    assert record["exclusions"][0]["allowance"] == {"seconds": 9000, "per": "month", "uses": "scheduled"}
    assert record["exclusions"][1] | {"during": None} == {
        "name": "freeze", "category": "customer-caused", "effect": "good", "during": None,
        "announced": "2026-10-21T09:00:00Z", "notice_seconds": 72 * HOUR, "allowance": None,
        "objectives": ["reachable"],
    }  # fmt: skip
    promise = record["objectives"][0]
    assert (promise["service_hours"], promise["holidays"]) == (OFFICE.text, "DE-BY")


def test_an_agreement_around_the_clock_says_nothing_of_hours():
    made = boards.board(Contract(name="acme")).agreements[0]
    record = contracts.as_record(made)
    assert (record["exclusions"], record["objectives"][0]["service_hours"]) == ([], "24/7")
    assert (exclusions.agreed(made, boards.AT), exclusions.hours(made.objectives[0])) == ((), "24/7")


@pytest.mark.parametrize(
    ("stories", "told"),
    [
        ((Story(hours=OFFICE), Story(name="other", hours=OFFICE)), "public holidays of DE-BY"),
        ((Story(hours=OFFICE), Story(name="other")), "differ between the objectives"),
    ],
)
async def test_hours_are_told_once_where_all_objectives_share_them(stories: tuple[Story, ...], told: str):
    text = await page(World(board(Contract(name="acme", stories=stories))), "/agreements/acme")
    assert f"<dt>Service hours</dt><dd>{OFFICE.text}, {told}" in text or f"<dt>Service hours</dt><dd>{told}" in text
