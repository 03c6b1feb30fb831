"""Written once for each board and format, narrowed on request, bounded, and told so."""

from __future__ import annotations

import gc
import gzip
import weakref
import zlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs

from sla_monitor.compliance.boards import Board
from sla_monitor.compliance.standings import Status
from sla_monitor.compliance.terms import AgreementName, ObjectiveName
from sla_monitor.publishing import exposition
from sla_monitor.publishing.exposition import LEFT_OUT_FIRST, Exposition, Narrowing, too_many
from sla_monitor.publishing.formats import BLOCK, Format
from sla_monitor.publishing.metrics import MonitorMetrics
from sla_monitor.publishing.pictures import pictures
from sla_monitor.publishing.squeezing import Piece, Squeezed
from tests.publishing import boards
from tests.publishing.boards import Contract

TEXT, OPEN = Format.asked(""), Format.asked("application/openmetrics-text;version=1.0.0")
BOARD = boards.board()
SERIES = sum(family.size for family in pictures(BOARD))


class Rig:
    """`written`: how often standings were written."""

    def __init__(self, board: Board = BOARD, max_series: int = 500_000) -> None:
        self.showing = board
        self.metrics = MonitorMetrics(CollectorRegistry(), "1")
        self.made = Exposition(lambda: self.showing, self.metrics, max_series)

    def ask(self, narrowing: Narrowing = exposition.EVERYTHING, form: Format = TEXT) -> str:
        return self.made.answer(form, narrowing, squeezed=False).decode()

    def own(self, name: str) -> float | None:
        return self.metrics.registry.get_sample_value(f"sla_monitor_{name}")


def lines(body: str) -> set[str]:
    return {line for line in body.splitlines() if not line.startswith("#")}


def test_what_is_squeezed_is_the_same() -> None:
    rig = Rig()
    for form in (TEXT, OPEN):
        assert gzip.decompress(rig.made.answer(form, squeezed=True)).decode() == rig.ask(form=form)


@given(st.lists(st.lists(st.binary(max_size=300), min_size=1)), st.binary(max_size=300), st.binary(max_size=9))
def test_one_gzip_stream_whatever_is_added(parts: list[list[bytes]], rest: bytes, other: bytes) -> None:
    squeezed = Squeezed.of(map(Piece.of, parts))
    for added in (rest, other):
        decoder = zlib.decompressobj(16 + zlib.MAX_WBITS)
        assert decoder.decompress(squeezed.ended(added)) == b"".join(map(b"".join, parts)) + added
        assert (decoder.eof, decoder.unused_data) == (True, b"")


def test_the_monitors_own_are_as_they_are_now_and_the_end_comes_last() -> None:
    rig = Rig()
    for faults in (3, 4):
        rig.metrics.agreement_faults.set(faults)
        body = rig.ask(form=OPEN)
        assert f"sla_monitor_agreement_faults {faults}.0\n" in body
        assert body.count("# EOF\n") == 1
        assert body.endswith("# EOF\n")


def test_a_board_is_written_once_for_each_format_however_many_ask_at_once() -> None:
    rig = Rig()
    read = []

    class Counted(tuple):  # type: ignore[type-arg] # entries that tell when they are read
        __slots__ = ()

        def __getitem__(self, place):  # type: ignore[no-untyped-def]
            read.append(1)
            return super().__getitem__(place)

    rig.showing = replace(BOARD, entries=Counted(BOARD.entries))
    rig.ask()
    once = len(read)
    with ThreadPoolExecutor(8) as threads:
        asked = [threads.submit(rig.made.answer, form, squeezed=True) for form in (TEXT, OPEN) * 8]
        assert len({one.result() for one in asked}) == 2
    assert len(read) == 3 * once > 0
    rig.showing = replace(rig.showing, at=0)
    rig.ask()
    assert len(read) > 3 * once


def test_a_new_board_is_told_at_once_and_the_old_one_is_let_go() -> None:
    rig = Rig(boards.board(Contract(name="a", customer="Before")))
    assert 'customer="Before"' in rig.ask()
    old = weakref.ref(rig.showing)
    rig.showing = boards.board(Contract(name="a", customer="After"))
    gc.collect()
    assert old() is None
    assert 'customer="Before"' not in rig.ask()


@pytest.mark.parametrize("form", [TEXT, OPEN], ids=["text", "OpenMetrics"])
def test_what_is_as_it_was_is_not_written_again_and_what_changed_is(form: Format) -> None:
    rig = Rig()
    rig.made.answer(form, squeezed=True)
    (first, *others) = BOARD.entries
    changed = replace(first, current=replace(first.current, attainment=Fraction(1, 7)))
    rig.showing = replace(BOARD, entries=(changed, *others))
    anew = Rig(rig.showing)
    plain, squeezed = rig.ask(form=form), gzip.decompress(rig.made.answer(form, squeezed=True)).decode()
    assert standings_in(plain) == standings_in(squeezed) == standings_in(anew.ask(form=form))


@pytest.mark.parametrize("form", [TEXT, OPEN], ids=["text", "OpenMetrics"])
def test_so_it_is_of_more_than_a_block_and_of_columns_that_come_and_go(form: Format) -> None:
    rig, names = Rig(Board(), 10**9), [AgreementName(f"sla-{n}") for n in range(BLOCK + 200)]
    (one,) = boards.board(Contract(name="a")).entries
    whole = [replace(one, current=replace(one.current, agreement=replace(one.agreement, name=name))) for name in names]
    changed = replace(whole[3], current=replace(whole[3].current, attainment=Fraction(1, 7), status=Status.BREACHED))
    for entries in (whole, [*whole[:3], changed, *whole[4:]], whole[:5], whole, whole[: BLOCK + 1]):
        rig.showing = Board(entries=tuple(entries))
        expected = standings_in(Rig(rig.showing, 10**9).ask(form=form))
        assert standings_in(gzip.decompress(rig.made.answer(form, squeezed=True)).decode()) == expected
        assert standings_in(rig.ask(form=form)) == expected


def standings_in(body: str) -> str:
    """Without the monitor's own, which tell when it began."""
    return body.partition("sla_monitor_")[0]


def test_what_was_promised_anew_is_described_anew() -> None:
    rig = Rig(boards.board(Contract(name="a")))
    rig.ask()
    (entry,) = rig.showing.entries
    agreement = replace(entry.current.agreement, customer="Other")
    current = replace(entry.current, agreement=agreement, attainment=Fraction(1, 8))
    rig.showing = replace(rig.showing, agreements=(agreement,), entries=(replace(entry, current=current),))
    assert {'sla_attainment_ratio{agreement="a",objective="availability"} 0.125'} <= lines(rig.ask())
    assert rig.ask().count('customer="Other"') == 2


NARROWED = {
    "one agreement": (Narrowing(frozenset({"acme-payments"})), {"acme-payments"}),
    "two": (Narrowing(frozenset({"acme-payments", "umbrella-cdn"})), {"acme-payments", "umbrella-cdn"}),
    "a customer": (Narrowing(customers=frozenset({'Globex "EU" & Söhne'})), {"globex-search"}),
    "both at once": (Narrowing(frozenset({"acme-payments"}), frozenset({"Initech"})), set()),
}


@pytest.mark.parametrize("sentence", NARROWED)
def test_narrowed_to(sentence: str) -> None:
    narrowing, names = NARROWED[sentence]
    expected = {line for line in lines(Rig().ask()) if any(f'agreement="{name}"' in line for name in names)}
    assert lines(Rig().ask(narrowing)) == expected
    assert narrowing.unknown(BOARD) == []


def test_what_nobody_has_is_named() -> None:
    asked = Narrowing(frozenset({"acme-payments", "no"}), frozenset({"Acme GmbH", "Nobody"}))
    assert asked.unknown(BOARD) == ["agreement 'no'", "customer 'Nobody'"]


@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_shards_share_everything_and_nothing_twice(count: int) -> None:
    rig = Rig()
    whole = {line for line in lines(rig.ask()) if not line.startswith("sla_monitor_")}
    parts = [lines(rig.ask(Narrowing(shard=(n, count)), OPEN)) for n in range(1, count + 1)]
    assert sum(map(len, parts)) == len(whole)
    assert set().union(*parts) == whole


def test_more_shards_than_are_kept_are_told_all_the_same() -> None:
    rig = Rig()
    count = exposition.KEPT + 9
    for _ in range(2):
        told = [lines(rig.ask(Narrowing(shard=(n, count)))) for n in range(1, count + 1)]
        assert sum(map(len, told)) == SERIES


def test_every_metric_has_its_place_in_what_is_left_out() -> None:
    assert sorted(LEFT_OUT_FIRST) == sorted(family.name for family in pictures(Board()))


@given(st.integers(1, SERIES + 5))
def test_there_are_never_more_series_than_allowed(limit: int) -> None:
    sizes = {family.name: family.size for family in pictures(BOARD)}
    omitted = too_many(sizes, limit)
    left = sum(size for name, size in sizes.items() if name not in omitted)
    assert left <= limit
    last = next((name for name in reversed(LEFT_OUT_FIRST) if name in omitted), None)
    assert last is None or left + sizes[last] > limit, "no more than needed"


def test_what_is_left_out_is_counted_and_logged_once() -> None:
    rig = Rig(max_series=SERIES - 1)
    with capture_logs() as logged:
        body = rig.ask()
        rig.showing = replace(BOARD, at=0)
        rig.ask()
    left = lines(body) - {line for line in lines(body) if line.startswith("sla_monitor_")}
    assert "sla_previous_status" not in body
    assert (rig.own("exposed_series"), rig.own("series_omitted")) == (len(left), SERIES - len(left))
    assert [(one["event"], one["metrics"], one["max_series"]) for one in logged] == [
        ("series_omitted", ["sla_previous_status"], SERIES - 1)
    ]
    rig.ask(Narrowing(frozenset({"umbrella-cdn"})))
    assert rig.own("exposed_series") == len(left), "told of the whole alone"


def test_nothing_is_left_out_of_what_fits() -> None:
    rig = Rig(max_series=SERIES)
    assert len([line for line in lines(rig.ask()) if not line.startswith("sla_monitor_")]) == SERIES
    assert (rig.own("exposed_series"), rig.own("series_omitted")) == (SERIES, 0)


def test_breaches_of_what_is_gone_are_still_told() -> None:
    gone = AgreementName("gone"), ObjectiveName("old")
    rig = Rig(replace(BOARD, breaches={**BOARD.breaches, gone: 2}))
    assert 'sla_breaches_total{agreement="gone",objective="old"} 2.0' in lines(rig.ask())
    rig.showing = boards.board(boards.CONTRACTS[0])
    rig.ask()
    assert "globex-search" not in rig.ask()
