"""The labels of agreements and objectives, made once for each and kept while it is the same."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TypeVar, cast

from sla_monitor.compliance.boards import Board, Entry
from sla_monitor.compliance.periods import Rolling
from sla_monitor.compliance.promises import Promises
from sla_monitor.compliance.terms import Agreement, AgreementName, Objective, ObjectiveKey
from sla_monitor.publishing.series import Labels, Named

T = TypeVar("T")
R = TypeVar("R")


class Labelling:
    """Plain labels identify, described ones sit on the info metrics."""

    def __init__(self) -> None:
        self._objectives: dict[ObjectiveKey, tuple[Agreement, Objective, Labels, Labels]] = {}
        self._agreements: dict[AgreementName, tuple[Agreement, Labels]] = {}
        self._names: dict[AgreementName, Labels] = {}
        self._made: dict[tuple[int, object], tuple[object, object]] = {}

    def once(self, of: T, make: Callable[[Labelling, T], R]) -> R:
        """What is made of the same thing board after board; `make` is the same function each time."""
        key = id(of), make
        if key not in self._made:
            self._made[key] = of, make(self, of)
        return cast("R", self._made[key][1])

    def of_entries(self, entries: Iterable[Entry]) -> tuple[Named, Named]:
        """Plain, and described."""
        return self._of_pairs((entry.agreement, entry.objective) for entry in entries)

    def of_promises(self, promises: Promises) -> tuple[Named, Named]:
        """As of entries; of the same rows they are the same lists."""
        return self._of_pairs(zip(promises.agreements, promises.objectives, strict=True))

    def _of_pairs(self, pairs: Iterable[tuple[Agreement, Objective]]) -> tuple[Named, Named]:
        kept = [self._kept(*pair) for pair in pairs]
        return Named(plain for _, _, plain, _ in kept), Named(described for *_, described in kept)

    def of_keys(self, keys: Iterable[ObjectiveKey]) -> Named:
        """Plain ones, also of what is on no board any more."""
        known = self._objectives
        return Named(known[key][2] if key in known else Labels(_named(*key)) for key in keys)

    def of_agreements(self, names: Iterable[AgreementName]) -> Named:
        return Named(self._names.get(name) or self._name(name) for name in names)

    def described(self, agreements: Iterable[Agreement]) -> Named:
        return Named(self._described(agreement) for agreement in agreements)

    def forget_all_but(self, board: Board) -> None:
        """What agreements that are gone left behind, and what was made of things of other boards."""
        things = {id(board.agreements), id(board.lifetimes), *(id(one.cohort.promises) for one in board.columns)}
        self._made = {key: made for key, made in self._made.items() if key[0] in things}
        if len(self._objectives) > len(board.entries):
            keys = {(agreement.name, objective.name) for agreement, objective in board.promises}
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
