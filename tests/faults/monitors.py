"""The monitor as its users run it: a child process with a settings file, ended by its own id."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import httpx
import yaml
from prometheus_client.parser import text_string_to_metric_families

from tests.rig import verbs
from tests.rig.children import Child, Server

T = TypeVar("T")
ROOT = Path(__file__).parents[2]
COMMAND = (sys.executable, "-m", "sla_monitor")
PATIENCE = 90.0
"""Seconds: two shared cores may be busy with other things."""


def environment(**more: str) -> dict[str, str]:
    """Ours without the variables that would be settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SLA_MONITOR_")}
    return {**kept, "COLUMNS": "120", "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error::ResourceWarning", **more}


def run(*arguments: str, timeout: float = 60, **more: str) -> subprocess.CompletedProcess[str]:
    """A verb, run to its end."""
    return _verbs().run(arguments, environment(**more), timeout)


@cache
def _verbs() -> verbs.Parent:
    return verbs.Parent(environment())


def until(what: str, ask: Callable[[], T], seconds: float = PATIENCE, every: float = 0.1) -> T:
    """The first answer that is neither None nor False nor empty."""
    deadline = time.monotonic() + seconds
    while True:
        if found := ask():
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds:.0f} s in vain for: {what}")
        time.sleep(every)


class Monitor(Server):
    """`sources` by their names; measures every second what is settled for a second.

    `forked`: it is forked from a process that has imported it already, which takes a tenth of the time.
    """

    name = "monitor"
    ready_path = "/healthz"

    def __init__(self, folder: Path, sources: Mapping[str, str], **sections: Mapping[str, Any]) -> None:
        super().__init__(folder)
        self.sources = sources
        self.sections = sections
        self.resolution, self.timeout, self.forked = 1, 10, True
        self.extra: Mapping[str, str] = {}
        self.wrapper: Sequence[str] = ()
        self.agreements = folder / "agreements"
        self.agreements.mkdir(exist_ok=True)
        self.ledger = folder / "ledger" / "ledger.db"

    @property
    def config(self) -> Path:
        return self.folder / "sla-monitor.yaml"

    def prepare(self) -> None:
        self.config.write_text(yaml.safe_dump(self.document(), sort_keys=False))

    def document(self) -> dict[str, Any]:
        sources = [
            {"name": name, "url": url, "resolution": self.resolution, "settle": 1, "timeout": self.timeout}
            for name, url in self.sources.items()
        ]
        defaults: dict[str, Any] = {
            "agreements": {"paths": [str(self.agreements)]},
            "sources": sources,
            "ledger": {"url": f"sqlite:///{self.ledger}"},
            "schedule": {"tick": 1},
            "web": {"listen": self.address},
            "log": {"level": "info"},
        }
        return {**defaults, **self.sections}

    def argv(self) -> list[str]:
        return [*self.wrapper, *COMMAND, "run", "--config", str(self.config)]

    def start(self) -> Monitor:
        self.prepare()
        argv, env = self.argv(), environment(**self.extra)
        if self.forked and not self.wrapper and not self.extra:
            self.child = Child(_verbs().start(argv[len(COMMAND) :], env, self.log, self.log), self.log)
        else:
            self.child = Child.started(argv, self.log, env)
        self._wait_until_ready()
        return self

    def agree(self, name: str, text: str) -> Path:
        path = self.agreements / f"{name}.yaml"
        path.write_text(text)
        return path

    def get(self, path: str, timeout: float = 10) -> httpx.Response:
        return httpx.get(self.url + path, timeout=timeout, trust_env=False)

    def reload(self) -> httpx.Response:
        return httpx.post(f"{self.url}/-/reload", timeout=10, trust_env=False)

    def ready(self) -> bool:
        return self.get("/readyz").status_code == httpx.codes.OK

    def standing(self, agreement: str, objective: str) -> dict[str, Any]:
        found = [s for s in self.standings() if (s["agreement"], s["objective"]) == (agreement, objective)]
        return found[0] if found else {}

    def standings(self, timeout: float = 10) -> list[dict[str, Any]]:
        answer = self.get("/api/v1/standings", timeout).json()
        return list(answer if isinstance(answer, list) else answer["standings"])

    def metric(self, name: str, **labels: str) -> float | None:
        return next((sample.value for sample in self.samples() if _is(sample, name, labels)), None)

    def samples(self) -> list[Any]:
        text = self.get("/metrics").text
        return [sample for family in text_string_to_metric_families(text) for sample in family.samples]

    def events(self, name: str) -> list[dict[str, Any]]:
        """What was logged under this name, since the very first start."""
        lines = self.log.read_text(errors="replace").splitlines()
        records = [json.loads(line) for line in lines if line.startswith("{")]
        return [record for record in records if record.get("event") == name]

    def leave(self) -> tuple[int, float]:
        """SIGTERM: the exit code, and the seconds it took."""
        began = time.monotonic()
        code = self.running.stop()
        self.child = None
        return code, time.monotonic() - began


def _is(sample: Any, name: str, labels: Mapping[str, str]) -> bool:
    return sample.name == name and labels.items() <= sample.labels.items()


def written(ledger: Path) -> int:
    """How many spans are measured so far, in seconds; without waiting for a writer."""
    in_days = 'SELECT coalesce(sum("end" - start), 0) FROM measured'
    open_ = 'SELECT coalesce(sum(("end" - start) * length(members) / 8), 0) FROM spanned JOIN roster ON id = roster_id'
    with sqlite3.connect(f"file:{ledger}?mode=ro", uri=True) as connection:
        seconds = sum(int(connection.execute(one).fetchone()[0]) for one in (in_days, open_))
    connection.close()
    return seconds
