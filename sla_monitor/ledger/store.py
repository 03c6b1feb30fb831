"""What the book needs of a database: transactions, one monitor at a time, and what it says of damage."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager

from sqlalchemy.engine import Connection

BUSY_SECONDS = 5
"""Transactions take far less; who holds the lock for longer is told of, and tried again."""


class Store(ABC):
    """One ledger. Everything raises LedgerError where the database is away, and heals by being called again."""

    name: str
    """As people know it, without secrets."""

    partitioned = False
    """Whether the days of each month lie in a table of their own."""

    @abstractmethod
    def prepare(self) -> None:
        """Makes what is missing and brings the tables up to date."""

    @abstractmethod
    def hold(self) -> None:
        """Keeps every other monitor away until this process ends, however it ends. Raises LedgerBusyError."""

    @abstractmethod
    def close(self) -> None: ...

    @abstractmethod
    def writing(self, *, lasting: bool = False) -> AbstractContextManager[Connection]:
        """All or nothing. Takes the write lock at once, so that what is read stays true until the commit.

        `lasting`: it survives a power cut. What can be measured again need not.
        """

    @abstractmethod
    def reading(self) -> AbstractContextManager[Connection]:
        """One consistent picture, beside a writer."""

    @abstractmethod
    def compact(self) -> None:
        """Gives back the room of what was taken out, as far as that holds nobody up for long."""

    @abstractmethod
    def size_bytes(self) -> int: ...

    @abstractmethod
    def sizes(self, connection: Connection) -> dict[str, int]:
        """Bytes of each table with its indexes; a table is left out where the database does not tell."""

    @abstractmethod
    def as_it_is(self, connection: Connection) -> AbstractContextManager[None]:
        """A changed byte may leave a text that is no UTF-8: inside it is read all the same, and found to be another."""

    @abstractmethod
    def damages(self, connection: Connection) -> Iterator[str]:
        """What the database finds itself when it is asked to check its pages."""

    @abstractmethod
    def damage(self, error: BaseException) -> str | None:
        """What an error says of damage; None where the database is locked or away, of which nothing follows."""
