"""The real PostgreSQL of Debian's package, as a user of its own, on a free loopback port."""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import psutil
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from tests.rig.children import HOST, Server, StartFailedError

BINARIES = Path("/usr/lib/postgresql")
MEMORY, ENOUGH = Path("/dev/shm"), 2 << 30  # noqa: S108 - a folder of our own is made there
NOBODY = "nobody"
USER = "sla"
SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "fsync": "off",
    "full_page_writes": "off",
    "max_connections": "40",
    "shared_buffers": "32MB",
    "autovacuum": "off",
}


def binary(name: str) -> str:
    """The newest that Debian has put aside; elsewhere they are on PATH."""
    found = sorted(BINARIES.glob(f"*/bin/{name}"), key=lambda path: int(path.parts[4]))
    if found:
        return str(found[-1])
    if on_path := shutil.which(name):
        return on_path
    raise StartFailedError(f"{name} of PostgreSQL is not installed: run deploy/demo/install-servers.sh postgresql")


def unprivileged() -> list[str]:
    """PostgreSQL refuses to be root."""
    if os.geteuid() != 0:
        return []
    user = pwd.getpwnam(NOBODY)
    as_user = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
    # Another user would have lost the kernel's promise to end it with us.
    return [*as_user, "--pdeathsig", "KILL", "--"]


def _in_memory() -> str | None:
    """A database is some three hundred files: on a disk a test of few rows spends most of its time on their names."""
    there = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ENOUGH
    return str(MEMORY) if there else None


class Postgres(Server):
    """Its data lie in a folder of their own that its user can enter; `log` and the like where the test wants them."""

    name = "postgres"

    def __init__(self, folder: Path, wal: Path | None = None, **settings: str) -> None:
        """`wal`: a folder that is not there yet, for its log, in pieces of a megabyte."""
        super().__init__(folder)
        self.settings = SETTINGS | settings
        self.wal = wal
        self.data = Path(tempfile.mkdtemp(prefix="sla-monitor-postgres-", dir=_in_memory()))
        self._numbers = itertools.count(1)
        self._made = False

    def url_of(self, database: str) -> str:
        return f"postgresql://{USER}@{self.address}/{database}"

    def argv(self) -> list[str]:
        set_to = (f"{name}={value}" for name, value in (self.settings | {"port": str(self.port)}).items())
        options = itertools.chain.from_iterable(("-c", one) for one in set_to)
        return [*unprivileged(), binary("postgres"), "-D", str(self.data), *options]

    def prepare(self) -> None:
        if self._made:
            return
        if os.geteuid() == 0:
            shutil.chown(self.data, NOBODY)
        options = ["-A", "trust", "--no-sync", "--locale=C", "--encoding=UTF8", "-U", USER]
        options += [f"--waldir={self.wal}", "--wal-segsize=1"] if self.wal else []
        made = subprocess.run(
            [*unprivileged(), binary("initdb"), "-D", str(self.data), *options],
            capture_output=True, text=True, check=False, cwd="/",
        )  # fmt: skip
        if made.returncode:
            raise StartFailedError(f"initdb failed: {made.stderr}")
        self._made = True

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGINT waits for no client; SIGQUIT is a crash, after which it recovers from its log."""
        if self.child is not None:
            self.child.signal(how)
            self.child.stop()
            self.child = None

    def pause(self) -> None:
        """With its sessions, which are processes of their own."""
        for one in self._family():
            one.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        for one in self._family():
            one.send_signal(signal.SIGCONT)

    def __exit__(self, *_: object) -> None:
        self.stop()
        shutil.rmtree(self.data)

    def database(self, template: str = "template1") -> str:
        """A new database, as the template is: its name."""
        name = f"ledger_{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def drop(self, database: str) -> None:
        self.execute(f"DROP DATABASE {database} WITH (FORCE)")

    def execute(self, statement: str, database: str = "postgres") -> Sequence[sa.Row[tuple[object, ...]]]:
        engine = sa.create_engine(
            self.url_of(database).replace("postgresql:", "postgresql+psycopg:"), poolclass=sa.NullPool
        )
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            done = connection.exec_driver_sql(statement)
            return done.fetchall() if done.returns_rows else []

    def _family(self) -> list[psutil.Process]:
        parent = psutil.Process(self.pid)
        return [parent, *parent.children()]

    def answers(self) -> bool:
        try:
            self.execute("SELECT 1")
        except OperationalError:
            return False
        return self.running.alive

    def _answers(self) -> bool:
        return self.answers()
