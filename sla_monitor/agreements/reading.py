"""Agreement files in; agreements, and every fault at once, out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from sla_monitor.agreements.checks import Context
from sla_monitor.agreements.conversion import agreement_of
from sla_monitor.agreements.discovered import MOST, Discovery
from sla_monitor.agreements.findings import Fault, Finding
from sla_monitor.agreements.folders import agreement_files
from sla_monitor.agreements.icalendars import CalendarError
from sla_monitor.agreements.objectivechecks import Sources
from sla_monitor.agreements.schema.documents import Agreement
from sla_monitor.agreements.schema.strictness import Promql
from sla_monitor.agreements.supporting import weak_support
from sla_monitor.agreements.templates import Template
from sla_monitor.agreements.validation import Model, name_of, validate
from sla_monitor.agreements.yamltree import MAX_BYTES, YamlDocument, parse
from sla_monitor.compliance import terms
from sla_monitor.compliance.rolls import Roll

_SAME = "name: another agreement is called {!r}"

Alter = Callable[[YamlDocument], YamlDocument]


@dataclass(frozen=True, slots=True)
class Reading:
    """What the files say. `advice` tells what makes sound agreements weak.

    discoveries: templates whose customers have still to be found.
    """

    agreements: tuple[terms.Agreement, ...] = ()
    faults: tuple[Fault, ...] = ()
    notices: tuple[Fault, ...] = ()
    advice: tuple[Fault, ...] = ()
    discoveries: tuple[Discovery, ...] = ()

    def with_customers(self, rolls: Mapping[str, Roll], most: int = MOST) -> Reading:
        """With the agreements of the customers that were found, by the templates' names."""
        agreements, faults = list(self.agreements), list(self.faults)
        for discovery in self.discoveries:
            taken: dict[str, str] = {one.name: f"{one.document.path}:{one.document.line}" for one in agreements}
            found = discovery.agreements(rolls.get(discovery.search.template, Roll()), taken, most)
            agreements += found.agreements
            faults += found.faults
        return replace(self, agreements=tuple(agreements), faults=tuple(sorted(faults)))


@dataclass(frozen=True, slots=True)
class _Sound:
    path: str
    document: YamlDocument
    model: Model


@dataclass(slots=True)
class _Reader:
    promql: Promql
    sources: Sources
    alter: Alter
    now: int | None = None
    agreements: list[terms.Agreement] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    notices: list[Fault] = field(default_factory=list)
    advice: list[Fault] = field(default_factory=list)
    discoveries: list[Discovery] = field(default_factory=list)
    sound: list[_Sound] = field(default_factory=list)
    places: dict[str, str] = field(default_factory=dict)

    def file(self, path: Path) -> None:
        try:
            text = _text(path)
        except _UnreadableError as error:
            self.faults.append(Fault(str(path), error.line, error.column, str(error), error.hint))
            return
        documents, broken = parse(text)
        self.faults.extend(Fault(str(path), bad.line, bad.column, bad.message, bad.hint) for bad in broken)
        if not documents and not broken:
            self.notices.append(Fault(str(path), 1, 1, "holds no agreement"))
        for document in documents:
            self._document(str(path), document)

    def _document(self, path: str, written: YamlDocument) -> None:
        document = self.alter(written)
        context = Context(self.promql, self.sources, Path(path).parent, self.now)
        validated = validate(document.root, context)
        self.faults.extend(_located(path, document, validated.faults))
        unique = self._claim_name(path, document)
        if validated.model is None or not (unique and document.sound):
            return
        self.notices.extend(_located(path, document, validated.notices))
        self.advice.extend(_located(path, document, validated.advice))
        self.sound.append(_Sound(path, document, validated.model))
        if isinstance(validated.model, Agreement):
            self._serve(validated.model, terms.Document(path, document.line, document.text))
        else:
            self._derive(Template(validated.model, document.root, path, self.promql), document)

    def _serve(self, model: Agreement, where: terms.Document) -> None:
        try:
            self.agreements.append(agreement_of(model.metadata, model.spec, where))
        except CalendarError as error:  # sound a moment ago
            self.faults.append(Fault(where.path, where.line, 1, str(error), error.hint))

    def _derive(self, template: Template, document: YamlDocument) -> None:
        """All of a template's agreements, or none: a customer left out would go unnoticed."""
        if template.model.spec.discover is not None:
            self.discoveries.append(Discovery(template, partial(_fault, template.path, document)))
            return
        try:
            made = list(template.listed())
        except CalendarError as error:
            self.faults.append(Fault(template.path, document.line, 1, str(error), error.hint))
            return
        taken = [found for index, one in enumerate(made) for found in self._taken(index, one)]
        self.faults.extend(_located(template.path, document, taken))
        if not taken:
            self.agreements.extend(made)

    def _taken(self, index: int, one: terms.Agreement) -> Iterator[Finding]:
        here = f"{one.document.path}:{one.document.line}"
        first = self.places.setdefault(one.name, here)
        if first != here:
            yield Finding(("spec", "customers", index, "name"), _SAME.format(one.name), f"the first is at {first}")

    def compare(self) -> None:
        """Advice that takes more than one agreement."""
        where = {one.model.metadata.name: one for one in self.sound}
        for model, found in weak_support([one.model for one in self.sound]):
            place = where[model.metadata.name]
            self.advice.append(_fault(place.path, place.document, found))

    def _claim_name(self, path: str, document: YamlDocument) -> bool:
        named = name_of(document.root)
        if named is None:
            return True
        name, node = named
        first = self.places.setdefault(name, f"{path}:{node.line}")
        if first == f"{path}:{node.line}":
            return True
        self.faults.append(Fault(path, node.line, node.column, _SAME.format(name), f"the first is at {first}"))
        return False


def as_written(document: YamlDocument) -> YamlDocument:
    return document


def read(
    paths: Sequence[Path],
    promql: Promql,
    sources: Sources = None,
    *,
    alter: Alter = as_written,
    now: int | None = None,
) -> Reading:
    """Reads files, and folders for their `*.yaml` and `*.yml`.

    `sources` are the configured sources with their resolution in seconds; None: they are not checked. `alter`
    changes documents before they are read. `now`: for what can be told of dates that have passed.
    """
    reader = _Reader(promql, sources, alter, now)
    for path in agreement_files(paths):
        reader.file(path)
    reader.compare()
    return Reading(
        tuple(reader.agreements),
        tuple(sorted(set(reader.faults))),
        tuple(sorted(reader.notices)),
        tuple(sorted(reader.advice)),
        tuple(reader.discoveries),
    )


def _located(path: str, document: YamlDocument, findings: Iterable[Finding]) -> tuple[Fault, ...]:
    return tuple(sorted(_fault(path, document, finding) for finding in findings))


def _fault(path: str, document: YamlDocument, finding: Finding) -> Fault:
    """At the value; at its key where the value is a collection or the finding is about the key itself."""
    parent, last = document.root.walk(finding.loc[:-1])[1], finding.loc[-1] if finding.loc else ""
    _, node = document.root.walk(finding.loc)
    if node.text is None or finding.message.startswith("unknown key"):
        node = parent.key(str(last)) or node
    return Fault(path, node.line, node.column, finding.message, finding.hint)


class _UnreadableError(Exception):
    def __init__(self, message: str, hint: str, line: int = 1, column: int = 1) -> None:
        super().__init__(message)
        self.hint, self.line, self.column = hint, line, column


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise _UnreadableError(f"cannot be read: {error.strerror}", "is the path right, and may it be read?") from error
    if len(data) > MAX_BYTES:
        raise _UnreadableError(f"is larger than {MAX_BYTES >> 20} MiB", "split it into several files")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line, column = before.count(b"\n") + 1, error.start - before.rfind(b"\n")
        raise _UnreadableError("is not UTF-8 text", "save it as UTF-8", line, column) from error
