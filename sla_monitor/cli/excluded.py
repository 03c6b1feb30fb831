"""Exclusions as people read them: a few lines each, with every refusal and its reason."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from zoneinfo import ZoneInfo

import typer

from sla_monitor.cli import output
from sla_monitor.compliance.periods import parse_instant
from sla_monitor.compliance.terms import Agreement
from sla_monitor.publishing.records import Record
from sla_monitor.publishing.web import texts

UTC = ZoneInfo("UTC")
EFFECTS = {"drop": "left out", "good": "counts as up"}


def show(records: Sequence[Record], agreements: Sequence[Agreement], form: output.Format) -> None:
    """Times in each agreement's own zone."""
    if form in (output.Format.JSON, output.Format.YAML):
        output.show_rows(records, form)
    elif form is output.Format.CSV:
        output.show_rows([row for record in records for row in _rows(record)], form)
    else:
        zones = {agreement.name: agreement.zone for agreement in agreements}
        for record in records:
            for line in _lines(record, zones.get(record["agreement"], UTC)):
                typer.echo(line)
        if not records:
            typer.echo("nothing was declared, and nothing is excluded", err=True)


def _lines(record: Record, zone: ZoneInfo) -> Iterator[str]:
    number = "agreed" if record["id"] is None else str(record["id"])
    when = f"{_local(record['from'], zone)} – {_local(record['until'], zone)}"
    only = f", for {', '.join(record['objectives'])} only" if record["objectives"] else ""
    category = record["category"].replace("-", " ")
    name, effect = f"{record['agreement']}/{record['name']}", EFFECTS[record["effect"]]
    yield f"{number}  {name}  {when}  {category}, {effect}{only}"
    if record["author"] is not None:
        when = f"declared {_local(record['declared_at'], zone)}" if record["declared_at"] else "silenced"
        told = f", announced {_local(record['announced'], zone)}" if record["announced"] else ""
        yield f"    {record['author']}: {record['reason']} ({when}{told})"
    if (revoked := record["revoked"]) is not None:
        yield f"    revoked {_local(revoked['at'], zone)} by {revoked['author']}: {revoked['reason']}"
    for one in record["excluded"]:
        yield f"    {one['objective']} {one['window']}: {texts.duration(one['counted_seconds'])} counted"
        for said in one["refused"]:
            yield f"        {texts.duration(_seconds(said))} refused: {said['reason']}"


def _rows(record: Record) -> Iterator[Record]:
    """One for each window it touches, and one where it touches none."""
    kept = {name: value for name, value in record.items() if name not in ("excluded", "revoked", "objectives")}
    kept |= {f"revoked_{name}": value for name, value in (record["revoked"] or _NOT_REVOKED).items()}
    for one in record["excluded"] or [_NOTHING]:
        yield {
            **kept,
            "objective": one["objective"],
            "window": one["window"],
            "counted_seconds": one["counted_seconds"],
            "refused_seconds": sum(_seconds(said) for said in one["refused"]),
            "refused": "; ".join(dict.fromkeys(said["reason"] for said in one["refused"])),
        }


_NOT_REVOKED = {"author": None, "reason": None, "at": None}
_NOTHING: Record = {"objective": None, "window": None, "counted_seconds": None, "refused": []}


def _local(instant: str, zone: ZoneInfo) -> str:
    return texts.moment(parse_instant(instant, UTC), zone)


def _seconds(span: Record) -> int:
    return parse_instant(span["until"], UTC) - parse_instant(span["from"], UTC)
