"""Where a test's ledgers are kept, whichever the database."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, Protocol

import sqlalchemy as sa

from sla_monitor.ledger.book import Book
from sla_monitor.ledger.opening import store_at
from sla_monitor.ledger.store import Store
from tests.ledger.specimens import lay
from tests.rig.postgres import Postgres


class Place:
    """One ledger; what was opened of it is closed with it."""

    def __init__(self, url: str, timeout: int = 10) -> None:
        self.url, self.timeout = url, timeout
        self._stores: list[Store] = []

    def store(self) -> Store:
        self._stores.append(store_at(self.url, timeout=self.timeout))
        return self._stores[-1]

    def opened(self) -> Book:
        store = self.store()
        store.prepare()
        return Book(store)

    def close(self) -> None:
        while self._stores:
            self._stores.pop().close()

    def asked(self, statement: str, **values: Any) -> list[dict[str, Any]]:
        """Rows as the database has them."""
        return self._run(statement, values, lambda done: [dict(row) for row in done.mappings()])

    def changed(self, statement: str, **values: Any) -> int:
        """By somebody with a client of the database, past everything that guards it: how many rows."""
        return self._run(statement, values, lambda done: done.rowcount)

    def _run(self, statement: str, values: dict[str, Any], take: Callable[[Any], Any]) -> Any:
        engine = sa.create_engine(
            self.url.replace("postgresql:", "postgresql+psycopg:"), poolclass=sa.NullPool, hide_parameters=True
        )
        unguarded = "SET session_replication_role = replica" if engine.dialect.name == "postgresql" else "SELECT 1"
        with engine.begin() as connection:
            connection.exec_driver_sql(unguarded)
            return take(connection.execute(sa.text(statement), values))


class Places(Protocol):
    def make(self) -> Place: ...

    def copied(self, place: Place) -> Place:
        """Another that holds the same; nobody may have it open."""

    def drop(self, place: Place) -> None: ...

    def close(self) -> None: ...


class SqlitePlaces:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = itertools.count(1)
        self._made: list[Place] = []

    def make(self) -> Place:
        made = self._new()
        lay(Path(made.url.removeprefix("sqlite:///")))
        return made

    def _new(self) -> Place:
        self._made.append(Place(f"sqlite:///{self._folder / f'ledger{next(self._numbers)}.db'}"))
        return self._made[-1]

    def copied(self, place: Place) -> Place:
        other = self._new()
        with closing(place.store()), closing(other.store()):
            place.changed(f"VACUUM INTO '{other.url.removeprefix('sqlite:///')}'")
        return other

    def drop(self, place: Place) -> None:
        place.close()

    def close(self) -> None:
        for place in self._made:
            place.close()


class PostgresPlaces:
    def __init__(self, server: Postgres, template: str) -> None:
        self._server, self._template = server, template
        self._made: dict[str, Place] = {}

    def make(self) -> Place:
        return self._of(self._template)

    def copied(self, place: Place) -> Place:
        return self._of(place.url.rpartition("/")[2])

    def close(self) -> None:
        for place in [*self._made.values()]:
            self.drop(place)

    def drop(self, place: Place) -> None:
        place.close()
        name = place.url.rpartition("/")[2]
        del self._made[name]
        self._server.drop(name)

    def _of(self, template: str) -> Place:
        name = self._server.database(template)
        self._made[name] = Place(self._server.url_of(name))
        return self._made[name]
