"""Amendments on the pages and in the JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from fractions import Fraction

import pytest

from sla_monitor.compliance import judgements
from sla_monitor.compliance.boards import Board, Entry
from sla_monitor.compliance.exclusions import Recurring, Rule
from sla_monitor.compliance.ratios import parse_ratio
from sla_monitor.compliance.remedies import Flat, Remedy
from sla_monitor.compliance.terms import Agreement, Amendment, Policy
from sla_monitor.publishing import records
from sla_monitor.publishing.pictures import pictures
from sla_monitor.publishing.web import amended, contracts, details, exclusions, shapes
from tests.publishing import boards
from tests.web.sites import World, client

STORY = boards.Story(name="availability")
CONTRACT = boards.Contract(name="acme-payments", zone=boards.BERLIN, stories=(STORY,))
EFFECTIVE = 1_792_101_600  # 2026-10-16 00:00 in Berlin


def made() -> Agreement:
    plain = boards.agreement(CONTRACT)
    (first,) = plain.objectives
    stricter = replace(first, target=parse_ratio("99.95%"))
    review = Amendment(EFFECTIVE, "First <review>", ("Acme GmbH", "SRE"), Policy.WEIGHTED, (stricter,))
    words = Amendment(boards.AT + 86_400, "", (), Policy.AT_START, (replace(stricter, description="New words"),))
    return replace(plain, amendments=(review, words))


@pytest.fixture(scope="module")
def board() -> Board:
    agreement, (entry,) = made(), boards.board(CONTRACT).entries
    first, window = agreement.objectives[0], entry.current.window
    held = boards.cells(STORY, window.span, boards.AT)
    standing = judgements.judge(agreement, first, window, boards.AT, {first.measurement.key: held})
    return Board(entries=(Entry(standing, None, tuple),), agreements=(agreement,), at=boards.AT)


def test_the_json_lists_the_amendments_inside_the_window(board: Board) -> None:
    record = records.as_record(board.entries[0].current)
    assert record["amendments"][0] == {
        "effective": "2026-10-15T22:00:00Z",
        "reason": "First <review>",
        "agreed_by": ["Acme GmbH", "SRE"],
        "policy": "weighted",
        "target_before": 0.999,
        "target_after": 0.9995,
    }
    assert [one["policy"] for one in record["amendments"]] == ["weighted", "at-start"]
    assert 0.999 < record["target"] < 0.9995
    shapes.Standing.model_validate_json(json.dumps(record))
    shapes.Agreement.model_validate_json(json.dumps(contracts.as_record(board.agreements[0])))
    assert "amendments" not in records.as_row(board.entries[0].current)


def test_the_target_metric_is_what_the_window_is_held_against(board: Board) -> None:
    family = next(one for one in pictures(board) if one.name == "sla_target_ratio")
    assert family.columns[0].values[0] == float(board.entries[0].current.objective.target)


def test_the_page_tells_the_promise_in_force_and_every_amendment(board: Board) -> None:
    shown = details.detail(board.entries[0], boards.AT, 300)
    assert shown.promise.startswith("At least 99.95\u202f% of events are good")
    assert shown.panel.reason.endswith("; the target weighs 99.9 %, from 2026-10-16 00:00 CEST 99.95 %")
    assert shown.amendments == (
        (
            "16 Oct 2026 00:00 CEST",
            (
                "target 99.9\u202f% → 99.95\u202f%; First <review>; agreed by Acme GmbH, SRE;"
                " the window it falls into weighs both"
            ),
        ),
        ("22 Oct 2026 14:00 CEST", "terms other than the target; counts from the next window on"),
    )
    assert amended.of_agreement(made())[1][1].startswith("availability: terms other than the target")


def test_amended_exclusions_are_told_and_shown_from_their_instant_on() -> None:
    rule = Rule("nightly", "maintenance", Recurring("FREQ=DAILY", datetime(1970, 1, 1), 3600))  # noqa: DTZ001
    changes = [Amendment(EFFECTIVE, "", (), Policy.SPLIT, (), (rule,)),
               Amendment(boards.AT + 60, "", (), Policy.WEIGHTED, (), ())]  # fmt: skip
    agreement = replace(made(), amendments=tuple(changes))
    told = [text.split(";")[0] for _, text in amended.of_agreement(agreement)]
    assert told == ["exclusions: nightly", "exclusions: none"]
    assert amended.of_objective(agreement, agreement.objectives[0]) == amended.of_agreement(agreement)
    shown = [len(exclusions.agreed(agreement, at)) for at in (EFFECTIVE - 1, EFFECTIVE, boards.AT + 60)]
    assert shown == [0, 1, 0]
    record = contracts.as_record(agreement)
    assert [one["exclusions"] and len(one["exclusions"]) for one in record["amendments"]] == [1, []]
    shapes.Agreement.model_validate_json(json.dumps(record))


async def test_both_pages_show_them(board: Board) -> None:
    async with client(World(board)) as http:
        for path in ("/agreements/acme-payments", "/agreements/acme-payments/availability"):
            text = (await http.get(path)).text
            assert "<h2" in text
            assert "Amendments</h2>" in text
            assert "First &lt;review&gt;" in text


@pytest.mark.parametrize(("effective", "shown"), [(EFFECTIVE, "7\u202f%"), (boards.AT + 60, "10\u202f%")])
async def test_the_page_tells_the_credits_in_force(effective: int, shown: str) -> None:
    plain = boards.agreement(replace(CONTRACT, stories=(replace(STORY, remedy=Remedy(Flat(Fraction(1, 10)))),)))
    cheaper = replace(plain.objectives[0], remedy=Remedy(Flat(Fraction(7, 100))))
    agreed = replace(plain, amendments=(Amendment(effective, "", (), Policy.WEIGHTED, (cheaper,)),))
    async with client(World(Board(agreements=(agreed,), at=boards.AT))) as http:
        text = (await http.get("/agreements/acme-payments")).text
    assert f"<td>the promise is broken</td><td>{shown}</td>" in text


async def test_pages_without_amendments_do_not_speak_of_them() -> None:
    async with client(World(boards.board(CONTRACT))) as http:
        assert "Amendments" not in (await http.get("/agreements/acme-payments/availability")).text
