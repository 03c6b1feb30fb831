"""Amendments in words, for the pages of an agreement and of its promises."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

from sla_monitor.compliance import amendments
from sla_monitor.compliance.terms import Agreement, Amendment, Objective, Policy
from sla_monitor.publishing.web import contracts, texts

Fact = tuple[str, str]
POLICIES = {
    Policy.WEIGHTED: "the window it falls into weighs both",
    Policy.AT_START: "counts from the next window on",
    Policy.AT_END: "counts for the whole window it falls into",
    Policy.SPLIT: "the window it falls into is judged in parts",
}


def of_agreement(agreement: Agreement) -> tuple[Fact, ...]:
    """Each amendment with what it changes."""
    return tuple(
        _fact(
            agreement,
            amendment,
            [*(f"{o.name}: {_change(agreement, amendment, o)}" for o in amendment.objectives), _excluding(amendment)],
        )
        for amendment in agreement.amendments
    )


def of_objective(agreement: Agreement, objective: Objective) -> tuple[Fact, ...]:
    """The amendments of one promise."""
    return tuple(
        _fact(agreement, part.amendment, _changes(agreement, part.amendment, objective))
        for part in amendments.history(agreement, _first(agreement, objective))
        if part.amendment is not None
    )


def _changes(agreement: Agreement, amendment: Amendment, objective: Objective) -> Iterator[str]:
    for changed in amendment.objectives:
        if changed.name == objective.name:
            yield _change(agreement, amendment, changed)
    yield _excluding(amendment)


def current(agreement: Agreement, objective: Objective, at: int) -> Objective:
    """The promise as it stands at the instant, without the weighing that a window in progress needs."""
    return amendments.in_force(agreement, _first(agreement, objective), at)


def _fact(agreement: Agreement, amendment: Amendment, changes: Iterable[str]) -> Fact:
    by = f"agreed by {', '.join(amendment.agreed_by)}" if amendment.agreed_by else ""
    told = [*changes, amendment.reason, by, POLICIES[amendment.policy]]
    return texts.moment(amendment.effective, agreement.zone), "; ".join(text for text in told if text)


def _change(agreement: Agreement, amendment: Amendment, changed: Objective) -> str:
    """The target and the window; of all else that there is more: the terms themselves are on the promise's page."""
    told = []
    for old, new in pairwise(amendments.history(agreement, _first(agreement, changed))):
        if new.amendment is amendment and old.objective.target != changed.target:
            told.append(f"target {texts.percent(old.objective.target)} → {texts.percent(changed.target)}")
        if new.amendment is amendment and old.objective.window != changed.window:
            kinds = (contracts.window_text(one.window) for one in (old.objective, changed))
            told.append(f"window {' → '.join(kinds)}")
    return ", ".join(told) or "terms other than the target"


def _excluding(amendment: Amendment) -> str:
    if amendment.exclusions is None:
        return ""
    return f"exclusions: {', '.join(rule.name for rule in amendment.exclusions) or 'none'}"


def _first(agreement: Agreement, objective: Objective) -> Objective:
    """The promise as first agreed."""
    return next((one for one in agreement.objectives if one.name == objective.name), objective)
