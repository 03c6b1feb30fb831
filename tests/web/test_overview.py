"""Searching, filtering, sorting and paging the front page."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sla_monitor.compliance.boards import Board
from sla_monitor.publishing.web import overview
from sla_monitor.publishing.web.overview import Wanted
from tests.publishing import boards

BOARD = boards.board()


def shown(wanted: Wanted, board: Board = BOARD) -> overview.Overview:
    return overview.overview(board, wanted, 600)


def names(found: overview.Overview) -> list[str]:
    return [f"{panel.agreement}/{panel.name}" for group in found.groups for panel in group.panels]


@pytest.mark.parametrize(
    ("said", "wanted", "names_wanted"),
    [
        ("a customer's name in another case", Wanted(search="UMBRELLA"), ["umbrella-cdn/availability"]),
        ("an objective", Wanted(search="latency"), ["acme-payments/latency"]),
        ("words that must all occur", Wanted(search="globex uptime"), ["globex-search/uptime"]),
        ("a word that occurs nowhere", Wanted(search="zebra"), []),
        ("a status", Wanted(statuses=frozenset({"ended"})), ["vandelay-import/availability"]),
        ("a customer", Wanted(customer="Vandelay"), ["vandelay-import/availability"]),
        ("a customer and a status he has not", Wanted(customer="Vandelay", statuses=frozenset({"met"})), []),
    ],
)
def test_narrowing(said, wanted, names_wanted):
    assert names(shown(wanted)) == names_wanted, said


def test_what_needs_attention_comes_first():
    found = shown(Wanted())
    assert names(found)[:3] == ["acme-payments/reachable", "acme-payments/latency", "acme-payments/availability"]
    words = [group.badge.word for group in found.groups]
    assert words == ["Breached", "Breached", "At risk", "Pending", "Ended"]


@pytest.mark.parametrize(
    ("sort", "first"),
    [
        ("name", "acme-payments/availability"),
        ("budget", "acme-payments/reachable"),
        ("exhaustion", "acme-payments/reachable"),
    ],
)
def test_orders(sort, first):
    assert names(shown(Wanted(sort=sort)))[0] == first


def test_by_exhaustion_the_soonest_follows_what_is_used_up():
    assert names(shown(Wanted(sort="exhaustion")))[1] == "acme-payments/latency"


def test_the_tallies_count_every_objective_once_and_lead_to_their_status():
    found = shown(Wanted(search="a"))
    assert sum(tally.count for tally in found.tallies) == found.matching == len(names(found))
    breached = found.tallies[0]
    assert (breached.badge.value, breached.query) == ("breached", "q=a&status=breached")


def test_the_tallies_stay_when_one_is_chosen_and_choosing_it_again_takes_it_back():
    found = shown(Wanted(statuses=frozenset({"met"})))
    assert len(found.tallies) == len(shown(Wanted()).tallies)
    chosen = next(tally for tally in found.tallies if tally.chosen)
    assert (chosen.badge.value, chosen.query) == ("met", "")


def test_an_agreement_that_was_never_measured_is_shown_without_a_status():
    found = shown(Wanted(), replace(BOARD, entries=()))
    assert len(found.groups) == len(BOARD.agreements)
    assert all(group.badge is None and not group.panels for group in found.groups)


def test_many_agreements_are_paged():
    contracts = [boards.Contract(name=f"customer-{number:03}", stories=()) for number in range(120)]
    board = boards.board(*contracts)
    pages = [shown(Wanted(page=page), board) for page in (1, 2, 3, 4)]
    assert [len(page.groups) for page in pages] == [50, 50, 20, 0]
    assert {page.pages for page in pages} == {3}


def test_a_long_list_of_customers_is_left_to_the_search():
    contracts = [boards.Contract(name=f"a-{number}", customer=f"C {number}", stories=()) for number in range(201)]
    assert shown(Wanted(), boards.board(*contracts)).customers == ()
