"""The agreements in force, through reloads and slips of the pen."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sla_monitor.agreements.findings import Fault
from sla_monitor.agreements.reading import Reading
from sla_monitor.compliance.terms import Agreement, AgreementName


@dataclass(frozen=True, slots=True)
class Register:
    """What is in force, in order of names; `kept` names those that stand in an older version than their file."""

    agreements: tuple[Agreement, ...] = ()
    faults: tuple[Fault, ...] = ()
    notices: tuple[Fault, ...] = ()
    kept: tuple[AgreementName, ...] = ()


def renewed(register: Register, reading: Reading) -> Register:
    """What the files say now, and the last good version of what they say wrongly."""
    read = {agreement.name: agreement for agreement in reading.agreements}
    kept = {
        old.name: old
        for old in register.agreements
        if old.name not in read and _faulty(old.document.path, reading.faults)
    }
    in_force = sorted((read | kept).values(), key=lambda agreement: agreement.name)
    return Register(tuple(in_force), reading.faults, reading.notices, tuple(sorted(kept)))


def _faulty(path: str, faults: tuple[Fault, ...]) -> bool:
    """Also where a whole folder cannot be read: that a disk is away ends no contract."""
    return any(Path(path).is_relative_to(fault.path) for fault in faults)
