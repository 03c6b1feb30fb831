"""Any changed byte of what statements rest on is found, and the thing it is in named."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sla_monitor.compliance.declarations import Declaration, Revocation
from sla_monitor.compliance.documents import Document, Kind
from sla_monitor.compliance.flaws import Flaw, Subject
from sla_monitor.compliance.rolls import Presence, Roll
from sla_monitor.compliance.silences import Matcher, Operator, Silence
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.statements import restated
from sla_monitor.compliance.terms import AgreementName, ObjectiveName
from sla_monitor.ledger import frames, seals, tables
from sla_monitor.ledger.auditing import SEALED
from sla_monitor.ledger.book import Book
from tests.ledger.conftest import KINDS
from tests.ledger.places import Place, Places, PostgresPlaces, SqlitePlaces
from tests.ledger.specimens import DAY, PROBE, REQUESTS, SHARE, START, opened, reading, slices
from tests.ledger.test_archive import TOTAL, draft, issued, window
from tests.rig.postgres import Postgres

NAMES = {REQUESTS.key: "acme/availability", PROBE.key: "acme/reachable", SHARE.key: "acme/share"}
RELEVANT = (*SEALED, tables.statement)
COLUMNS = [(table.name, one.name) for table in RELEVANT for one in table.columns]
EXCLUDING = ("exclusion", "revocation", "silence")
SUBJECTS = {
    **dict.fromkeys(("document", "discovery", "customer"), Subject.AGREEMENTS),
    **dict.fromkeys(("statement", "given"), Subject.STATEMENTS),
    **dict.fromkeys(EXCLUDING, Subject.EXCLUSIONS),
}
NAMED = {
    "document": "the text of the", "statement": "statement", "revocation": "exclusion", "given": "the last number of",
    "discovery": "customers of ", "customer": "customer of ",
}  # fmt: skip


@pytest.fixture(scope="module")
def in_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Places, Place]]:
    yield from filled(SqlitePlaces(tmp_path_factory.mktemp("audited")))


@pytest.fixture(scope="module")
def in_postgres(postgres: Postgres, template: str) -> Iterator[tuple[Places, Place]]:
    yield from filled(PostgresPlaces(postgres, template))


def filled(places: Places) -> Iterator[tuple[Places, Place]]:
    """A ledger with days, open slices, states in both forms, texts, queries and a chain of four statements."""
    place = places.make()
    fill(place.opened())
    place.close()
    yield places, place
    places.close()


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    """A copy; of each kind one is filled, in whatever order the tests come."""
    places, original = request.getfixturevalue(f"in_{request.param}")
    made = places.copied(original)
    yield made
    places.drop(made)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The same as one file of SQLite."""
    path = tmp_path_factory.mktemp("file") / "ledger.db"
    fill(book := opened(path))
    book.store.close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
    return path.read_bytes()


@pytest.fixture
def path(file: bytes, tmp_path: Path) -> Path:
    path = tmp_path / "ledger.db"
    path.write_bytes(file)
    return path


def fill(book: Book) -> None:
    for measurement in (REQUESTS, PROBE, SHARE):
        book.write([replace(reading(measurement, slices(measurement, START, 2000)), asked=(TOTAL,))])
    book.keep([Document(Kind.AGREEMENT, "acme", "kind: Agreement ä"), Document(Kind.CALENDAR, "a.ics", "BEGIN")], START)
    said = Declaration(AgreementName("acme"), Span(START, START + 60), "maintenance", "Ann", "why", START)
    for objectives, announced in ((None, START), (None, None), ((ObjectiveName("availability"),), None)):
        book.declare(replace(said, objectives=objectives, announced=announced))
    book.revoke(1, Revocation("Bob", "not so", START + 60))
    matcher = Matcher("job", Operator.EQUAL, "shop")
    book.keep_silences(
        [Silence("a-b", 1, "http://am", (matcher,), Span(START, START + 60), "Ann", "why", START, START)]
    )
    gone = Presence(START, START + 60, DAY)
    book.keep_roll("shop", Roll(), Roll(START + DAY, {"acme": (gone, Presence(START + DAY)), "globex": (gone,)}))
    first = issued(book, draft())
    issued(book, draft("globex"))
    again = restated(draft(status="met"), first, "why", "Ann")
    assert again is not None
    issued(book, again, first.sha256)
    issued(book, draft(of=window(at=START + 40 * DAY)))


def found(book: Book) -> list[Flaw]:
    flaws = book.flaws(NAMES)
    book.store.close()
    return flaws


def changed(place: Place, statement: str, **values: Any) -> None:
    assert place.changed(statement, **values) == 1


def other(value: Any) -> Any:
    """The same but for a bit or two."""
    if isinstance(value, bytes):
        return bytes([*value[:-1], value[-1] ^ 1])
    if isinstance(value, str):
        return value[:-1] + chr(ord(value[-1]) ^ 1)
    return value ^ (1 << 20) if isinstance(value, int) else value + 2**-20


def moved(place: Place, table: str, column: str, value: Any) -> Any:
    """Another day has to be one of a month that there is."""
    kept = isinstance(value, int) and (table, column) == ("day", "day") and place.url.startswith("postgresql")
    return value + 2 if kept else other(value)


def test_a_ledger_that_nobody_touched_is_sound(place: Place) -> None:
    assert found(place.opened()) == []


def listed(names: list[str], suffix: str, joint: str = ", ") -> str:
    return joint.join(f'"{name}"{suffix}' for name in names)


WATCHED = [
    *(("sqlite", *pair, order) for pair in COLUMNS for order in ("ASC", "DESC")),
    # What is found of one column and row is found of the others.
    *(("postgres", table, column, "ASC") for table, column in COLUMNS if column == "seal"),
]


@pytest.mark.parametrize(("place", "table", "column", "order"), WATCHED, indirect=["place"])
def test_each_column_of_each_table_is_watched(place: Place, table: str, column: str, order: str) -> None:
    keys = [one.name for one in tables.metadata.tables[table].primary_key]
    (row,) = place.asked(
        f'SELECT * FROM "{table}" WHERE "{column}" IS NOT NULL '  # noqa: S608
        f"ORDER BY {listed(keys, f' {order}')} LIMIT 1"
    )
    where = " AND ".join(f'"{key}" = :{key}' for key in keys)
    setting = f'UPDATE "{table}" SET "{column}" = :new WHERE {where}'  # noqa: S608
    changed(place, setting, new=moved(place, table, column, row[column]), **{key: row[key] for key in keys})
    flaws = found(place.opened())
    assert SUBJECTS.get(table, Subject.SLICES) in {flaw.subject for flaw in flaws}
    named = NAMED.get(table, table if table in EXCLUDING else "acme/")
    assert any(named in flaw.which or "measurement" in flaw.which for flaw in flaws)


def test_a_changed_slice_is_named(place: Place) -> None:
    """The newest is on a page, with those of others; an old one is in a day's frame."""
    last = START + 1999 * 60
    row = place.asked("SELECT * FROM page WHERE start = :last AND roster_id = 1", last=last)[0]
    setting = "UPDATE page SET frame = :frame WHERE start = :last AND roster_id = 1"
    changed(place, setting, frame=other(row["frame"]), last=last)
    assert [str(flaw) for flaw in found(place.opened())] == [
        "the slice of 2026-06-02T09:19:00Z of acme/availability: was changed since it was written"
    ]


HEADER = {"version": 0, "count": 1, "steps": 5, "coded": 9, "length": 10}
"""Where each field of a frame's head begins (`<BIIBI`)."""


def places(frame: bytes) -> dict[str, int]:
    length = int.from_bytes(frame[10:14], "little")
    return {
        **HEADER,
        "the head of the columns": 14,
        "the columns": 14 + length // 2,
        "their checksum": 14 + length - 1,
        "the head of the states": 14 + length,
        "the states": (14 + length + len(frame)) // 2,
        "the end": len(frame) - 1,
    }


@pytest.mark.parametrize("resealed", [False, True], ids=["as it was sealed", "sealed anew"])
@pytest.mark.parametrize("what", [*places(bytes(20))])
def test_each_kind_of_byte_of_a_frame_is_watched(place: Place, what: str, resealed: bool) -> None:
    row = place.asked("SELECT * FROM day WHERE measurement_id = 2 ORDER BY day")[0]
    frame = bytearray(row["frame"])
    frame[places(row["frame"])[what]] ^= 1
    row["frame"] = bytes(frame)
    seal = seals.sealed(tables.day, row)["seal"] if resealed else row["seal"]
    setting = "UPDATE day SET frame = :frame, seal = :seal WHERE measurement_id = 2 AND day = :day"
    changed(place, setting, frame=row["frame"], seal=seal, day=row["day"])
    (flaw, *_) = found(place.opened())
    assert flaw.subject is Subject.SLICES
    if what != "coded":
        assert "2026-06-01" in flaw.which
    assert "acme/reachable" in flaw.which


def test_sums_that_are_sealed_anew_do_not_fit_their_slices(place: Place) -> None:
    row = place.asked("SELECT * FROM day WHERE measurement_id = 1 ORDER BY day")[0]
    row["good_whole"] += 1
    seal = seals.sealed(tables.day, row)["seal"]
    setting = "UPDATE day SET good_whole = :good, seal = :seal WHERE measurement_id = 1 AND day = :day"
    changed(place, setting, good=row["good_whole"], seal=seal, day=row["day"])
    assert [str(flaw) for flaw in found(place.opened())] == [
        "the slices of 2026-06-01 of acme/availability: do not add up to the sums that are kept of them"
    ]


TAKEN_OUT = {
    "page": "1 slices of acme/availability, the first of 2026-06-02T09:19:00Z: were measured, and are not in",
    "day": "1440 slices of acme/availability, the first of 2026-06-01T00:00:00Z: were measured, and are not in",
    "measured": "1985 slices of acme/availability, the first of 2026-06-01T00:00:00Z: are in the ledger, and nothing",
    "spanned": "15 slices of acme/availability, the first of 2026-06-02T09:05:00Z: are in the ledger, and nothing",
    "measurement": "the list 1 of whose slices are on a page, of an unknown measurement",
    "exclusion": "exclusion 3: was declared, and is not in the ledger",
    "statement": "the newest statements: 4 statements were issued, and the last that is left is number 3 of them",
}


@pytest.mark.parametrize("table", TAKEN_OUT)
def test_what_was_taken_out_is_missed(place: Place, table: str) -> None:
    where = {
        "page": "roster_id = 1 AND start = (SELECT max(start) FROM page)",
        "day": "measurement_id = 1 AND day = (SELECT min(day) FROM day)",
        "measured": "measurement_id = 1",
        "spanned": "roster_id = 1",
        "measurement": "id = 1",
        "exclusion": "id = 3",
        "statement": "id = 4",
    }
    changed(place, f"DELETE FROM {table} WHERE {where[table]}")  # noqa: S608
    assert any(str(flaw).startswith(TAKEN_OUT[table]) for flaw in found(place.opened()))


CHAIN = {
    "a statement from the middle": (
        "DELETE FROM statement WHERE id = 2",
        "statement 1 of acme, version 2: 1 before it in the ledger were taken out",
    ),
    "the content": (
        "UPDATE statement SET content = replace(content, 'availability', 'Availability') WHERE id = 2",
        "statement 1 of globex: its hash is not that of its content: one of them was changed",
    ),
    "the hash": (
        "UPDATE statement SET sha256 = 'a' || substr(sha256, 2) WHERE id = 2 AND sha256 NOT LIKE 'a%'",
        "statement 1 of globex: its hash is not that of its content: one of them was changed",
    ),
    "what it is filed under": (
        "UPDATE statement SET number = 7, kind = 'day' WHERE id = 4",
        "statement 2 of acme: the ledger files it under another number, kind than it says itself",
    ),
}


@pytest.mark.parametrize(("statement", "told"), CHAIN.values(), ids=CHAIN)
def test_a_chain_that_does_not_hold_is_named(place: Place, statement: str, told: str) -> None:
    changed(place, statement)
    assert [str(flaw) for flaw in found(place.opened())] == [told]


def rewritten(place: Place, id_: int, **content: Any) -> None:
    """As somebody would who knows how statements are hashed."""
    book = place.opened()
    made = book.statements()[id_ - 1]
    book.store.close()
    told = {**made.content, **content}
    forged = replace(draft(), content=told).issued(told["number"], told["version"], told["previous"])
    setting = "UPDATE statement SET content = :text, sha256 = :sha256, number = :number, version = :version"
    values = {name: getattr(forged, name) for name in ("text", "sha256", "number", "version")}
    changed(place, f"{setting} WHERE id = :id", id=id_, **values)


FORGED = {
    "another content breaks the chain behind it": (
        2, {"objectives": []}, ["statement 1 of acme, version 2: it does not follow on statement 1 of globex"],
    ),
    "a number too high": (4, {"number": 9}, ["statement 9 of acme: number 8 was to come before it"]),
    "a version too high": (4, {"version": 3}, ["statement 2 of acme, version 3: version 1 was to come here"]),
    "a first that follows on another": (
        1, {"previous": "0" * 64},
        [
            "statement 1 of acme: it does not follow on nothing, as the first does",
            "statement 1 of globex: it does not follow on statement 1 of acme",
        ],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("id_", "content", "told"), FORGED.values(), ids=FORGED)
def test_a_forged_statement_is_found_by_its_place(
    place: Place, id_: int, content: dict[str, Any], told: list[str]
) -> None:
    rewritten(place, id_, **content)
    flaws = [str(flaw) for flaw in found(place.opened())]
    assert len(flaws) == len(told)
    assert all(flaw.startswith(start) for flaw, start in zip(flaws, told, strict=True))


def test_a_text_that_is_kept_under_another_digest_is_named(place: Place) -> None:
    (row,) = place.asked("SELECT * FROM document WHERE kind = 'agreement'")
    row["text"] = "kind: Agreement!"
    seal = seals.sealed(tables.document, row)["seal"]
    changed(
        place, "UPDATE document SET text = :text, seal = :seal WHERE kind = 'agreement'", text=row["text"], seal=seal
    )
    (flaw,) = found(place.opened())
    assert str(flaw).startswith("the text of the agreement acme (SHA-256 ")
    assert flaw.told == "is not the text that it was kept as"


def spots(file: bytes) -> Iterator[tuple[str, int]]:
    """Bytes in the file itself, some of which leave no UTF-8."""
    yield "in a text", file.index("kind: Agreement ä".encode()) + len("kind: Agreement ")
    yield "in a statement", file.index(b'"objective":"availability"') + 3
    yield "in a frame", file.index(bytes([frames.VERSION]) + (1440).to_bytes(4, "little")) + 2000


@pytest.mark.parametrize("number", range(3))
@pytest.mark.parametrize("flip", [0x01, 0x80])
def test_a_flipped_byte_of_the_file_is_found(path: Path, file: bytes, number: int, flip: int) -> None:
    where, at = [*spots(file)][number]
    data = bytearray(file)
    data[at] ^= flip
    path.write_bytes(data)
    assert found(opened(path)), where


def test_a_file_that_is_torn_is_told_and_not_raised(path: Path, file: bytes) -> None:
    data = bytearray(file)
    data[20_000:60_000] = bytes(40_000)
    path.write_bytes(data)
    assert any("is damaged" in flaw.told for flaw in found(opened(path)))
