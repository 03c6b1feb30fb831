"""Every kind of ledger, each test's its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sla_monitor.ledger.book import Book
from tests.ledger.places import Place, Places, PostgresPlaces, SqlitePlaces
from tests.rig.postgres import Postgres

KINDS = ("sqlite", "postgres")


@pytest.fixture(params=KINDS)
def places(request: pytest.FixtureRequest) -> Iterator[Places]:
    """Makes empty ledgers of one kind."""
    if request.param == "sqlite":
        made: Places = SqlitePlaces(request.getfixturevalue("tmp_path"))
    else:
        made = PostgresPlaces(request.getfixturevalue("postgres"), request.getfixturevalue("template"))
    yield made
    made.close()


@pytest.fixture
def place(places: Places) -> Place:
    return places.make()


@pytest.fixture
def book(place: Place) -> Book:
    return place.opened()


@pytest.fixture(scope="session")
def template(postgres: Postgres) -> str:
    """A database with the tables in it, to be copied."""
    name = postgres.database()
    Place(postgres.url_of(name)).opened().store.close()
    return name
