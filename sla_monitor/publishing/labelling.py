"""The labels of agreements and objectives, made once for each and kept while it is the same."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from sla_monitor.compliance.boards import Board, Entry
from sla_monitor.compliance.periods import Rolling
from sla_monitor.compliance.terms import Agreement, AgreementName, Objective, ObjectiveKey
from sla_monitor.publishing.series import Labels


class Labelling:
    """Plain labels identify, described ones sit on the info metrics."""

    def __init__(self) -> None:
        self._objectives: dict[ObjectiveKey, tuple[Agreement, Objective, Labels, Labels]] = {}
        self._agreements: dict[AgreementName, tuple[Agreement, Labels]] = {}
        self._names: dict[AgreementName, Labels] = {}

    def of_entries(self, entries: Sequence[Entry]) -> tuple[list[Labels], list[Labels]]:
        """Plain, and described."""
        kept = [self._kept(entry.agreement, entry.objective) for entry in entries]
        return [plain for _, _, plain, _ in kept], [described for *_, described in kept]

    def of_keys(self, keys: Iterable[ObjectiveKey]) -> list[Labels]:
        """Plain ones, also of what is on no board any more."""
        known = self._objectives
        return [known[key][2] if key in known else Labels(_named(*key)) for key in keys]

    def of_agreements(self, names: Iterable[AgreementName]) -> list[Labels]:
        return [self._names.get(name) or self._name(name) for name in names]

    def described(self, agreements: Iterable[Agreement]) -> list[Labels]:
        return [self._described(agreement) for agreement in agreements]

    def forget_all_but(self, board: Board) -> None:
        """What agreements that are gone left behind."""
        if len(self._objectives) > len(board.entries):
            keys = {entry.key for entry in board.entries}
            self._objectives = {key: kept for key, kept in self._objectives.items() if key in keys}
        if len(self._agreements) > len(board.agreements):
            names = {agreement.name for agreement in board.agreements}
            self._agreements = {name: kept for name, kept in self._agreements.items() if name in names}
            self._names = {name: kept for name, kept in self._names.items() if name in names}

    def _name(self, name: AgreementName) -> Labels:
        return self._names.setdefault(name, Labels({"agreement": name}))

    def _kept(self, agreement: Agreement, objective: Objective) -> tuple[Agreement, Objective, Labels, Labels]:
        key = agreement.name, objective.name
        kept = self._objectives.get(key)
        if kept is None or kept[0] is not agreement or kept[1] is not objective:
            named = _named(*key)
            kept = agreement, objective, Labels(named), Labels({**named, **_objective_info(agreement, objective)})
            self._objectives[key] = kept
        return kept

    def _described(self, agreement: Agreement) -> Labels:
        kept = self._agreements.get(agreement.name)
        if kept is None or kept[0] is not agreement:
            kept = self._agreements[agreement.name] = agreement, Labels(_agreement_info(agreement))
        return kept[1]


def _named(agreement: str, objective: str) -> dict[str, str]:
    return {"agreement": agreement, "objective": objective}


def _objective_info(agreement: Agreement, objective: Objective) -> dict[str, str]:
    window = objective.window.text if isinstance(objective.window, Rolling) else objective.window.every.value
    return {
        "service": agreement.service,
        "customer": agreement.customer,
        "method": objective.method.name,
        "unit": objective.unit,
        "window": window,
    }


def _agreement_info(agreement: Agreement) -> dict[str, str]:
    return {
        "agreement": agreement.name,
        "title": agreement.title,
        "type": agreement.type.value,
        "service": agreement.service,
        "customer": agreement.customer,
        "provider": agreement.provider,
        "timezone": agreement.zone.key,
        "reference": agreement.reference,
        **_free_labels(agreement.labels),
    }


def _free_labels(labels: Iterable[tuple[str, str]]) -> dict[str, str]:
    """`cost-center` becomes `label_cost_center`; one that then clashes gets a number, none is lost."""
    named: dict[str, str] = {}
    for name, value in sorted(labels):
        plain = "label_" + re.sub(r"[^a-zA-Z0-9_]", "_", name)
        clash = sum(other.split("_conflict")[0] == plain for other in named)
        named[f"{plain}_conflict{clash}" if clash else plain] = value
    return named
