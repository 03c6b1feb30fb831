"""What was stated of closed windows: shown instead of what would be reckoned today, so that none ever moves."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction

from sla_monitor.compliance import histories, periods
from sla_monitor.compliance.budgets import Budget
from sla_monitor.compliance.notations import Record, parsed
from sla_monitor.compliance.outcomes import NO_GROUNDS, Earlier
from sla_monitor.compliance.periods import Window
from sla_monitor.compliance.projections import Projection
from sla_monitor.compliance.ratios import Comparison
from sla_monitor.compliance.remedies import Minimum, Money
from sla_monitor.compliance.servicecredits import Credit
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.standings import Standing, Status
from sla_monitor.compliance.statements import Statement
from sla_monitor.compliance.terms import AgreementName, ObjectiveKey, ObjectiveName
from sla_monitor.measuring.ports import Archive

AT_ONCE = 50
"""Statements that were issued meanwhile and are held at a time."""

_SHOWN = (
    *("objective", "judged_at", "status", "reason", "attainment", "percent", "value", "bounds", "good", "total"),
    *("coverage", "known_seconds", "unknown_seconds", "excluded_seconds", "budget", "credit"),
)
"""What of an account is laid over a standing. Its incidents would be most of what is held."""


class Stated:
    """The newest window stated of each objective, in its last version, and what those before came to.

    No statement changes, so each is read once; of those before the newest, once somebody asks for them.
    """

    def __init__(self) -> None:
        self.place = 0
        self._newest: dict[ObjectiveKey, tuple[Window, Record]] = {}
        self._earlier: dict[tuple[ObjectiveKey, Span], Earlier] = {}
        self._recalled = set[AgreementName]()
        self._ledger: Archive | None = None

    def follow(self, ledger: Archive) -> None:
        """Reads what was issued since. Raises LedgerError."""
        self._ledger = ledger
        if not self.place:
            places, last = ledger.newest()
            self._read(ledger.statements_at(places))
            self.place = last
        while made := ledger.statements(after=self.place, most=AT_ONCE):
            self._read(made)
            self.place += len(made)

    @classmethod
    def of_agreement(cls, ledger: Archive, name: AgreementName, before: str | None = None) -> Stated:
        """What was stated of one agreement so far, or before the statement of that hash."""
        found = cls()
        found._recalled.add(name)
        for made in ledger.statements(name):
            if made.sha256 == before:
                break
            if made.is_sound:
                found._read([made])
        return found

    def of(self, standing: Standing) -> Standing:
        """As it was stated, if it was."""
        account = self._account(standing.key, standing.window)
        return standing if account is None else as_stated(standing, account)

    def verdict(self, key: ObjectiveKey, window: Window) -> tuple[Status, Fraction | None] | None:
        """What was stated of a window, and its attainment; None: nothing was."""
        account = self._account(key, window)
        return None if account is None else (Status(account["status"]), parsed(account["attainment"]))

    def _account(self, key: ObjectiveKey, window: Window) -> Record | None:
        newest, account = self._newest.get(key, (None, None))
        same = newest is not None and (newest.kind, newest.span) == (window.kind, window.span)
        return account if same else None

    def earlier(self, key: ObjectiveKey, window: Window) -> Earlier | None:
        """What a window came to, if it was stated. Raises LedgerError."""
        name, _ = key
        if self._ledger is not None and name not in self._recalled:
            made = self._ledger.statements(name)
            self._recalled.add(name)
            self._read(made)
        return self._earlier.get((key, window.span))

    def _read(self, made: Iterable[Statement]) -> None:
        for one in made:
            for account in one.content["objectives"]:
                self._note(one.agreement, one.window, account)

    def _note(self, agreement: AgreementName, window: Window, account: Record) -> None:
        key = (agreement, ObjectiveName(account["objective"]))
        if agreement in self._recalled:
            self._earlier[key, window.span] = earlier(window, account)
        known = self._newest.get(key)
        if known is None or known[0].span.end <= window.span.end:
            shown = {name: account[name] for name in _SHOWN}
            self._newest[key] = window, {**shown, "terms": {"target": account["terms"]["target"]}}


def earlier(window: Window, account: Record) -> Earlier:
    """What an account says that credits of later windows hang on."""
    credit, status = _credit(account["credit"]), Status(account["status"])
    return Earlier(window, histories.breached(status), histories.earned(credit))


def as_stated(standing: Standing, account: Record) -> Standing:
    """The standing with the numbers and the verdict of its account."""
    bounds, budget, target = account["bounds"], account["budget"], parsed(account["terms"]["target"])
    at = periods.parse_instant(account["judged_at"], periods.zone_of("UTC"))
    return replace(
        standing,
        objective=replace(standing.objective, target=target),
        at=at,
        attainment=parsed(account["attainment"]),
        percent=parsed(account["percent"]),
        bounds=None if bounds is None else (parsed(bounds[0]), parsed(bounds[1])),
        good=parsed(account["good"]),
        total=parsed(account["total"]),
        coverage=parsed(account["coverage"]),
        known_seconds=account["known_seconds"],
        unknown_seconds=account["unknown_seconds"],
        excluded_seconds=account["excluded_seconds"],
        value=parsed(account["value"]),
        budget=None if budget is None else Budget(parsed(budget["allowed"]), parsed(budget["used"])),
        status=Status(account["status"]),
        reason=account["reason"],
        projection=Projection(parsed(account["attainment"]), None, None),
        credit=_credit(account["credit"]),
        grounds=NO_GROUNDS,
    )


def _credit(told: Record | None) -> Credit | None:
    if told is None:
        return None
    until, least = told["claim_until"], told["condition"]
    condition = None
    if least is not None:
        condition = Minimum(Comparison(least["comparison"]), Money(Fraction(least["money"]), least["currency"]))
    return Credit(
        ratio=parsed(told["ratio"]),
        days=parsed(told["days"]),
        claim_until=None if until is None else periods.parse_instant(until, periods.zone_of("UTC")),
        termination=told["termination"],
        condition=condition,
        unknown_windows=told["unknown_windows"],
    )
