"""Direct alerts: which should fire, and what of it Alertmanager has to be told now.

The labels are those of the rules (publishing/rules): whichever comes first, Alertmanager holds one alert.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from sla_monitor.compliance.boards import Board
from sla_monitor.compliance.budgets import Budget
from sla_monitor.compliance.periods import rfc3339
from sla_monitor.compliance.ratios import ceiled, percent_text
from sla_monitor.compliance.standings import Standing, Status
from sla_monitor.compliance.terms import Agreement
from sla_monitor.publishing.rules import identities
from sla_monitor.publishing.rules.identities import Identity, Links

FIRING = {Status.BREACHED: identities.BREACHED, Status.AT_RISK: identities.AT_RISK}

LIFETIME = 4
"""Resends: without word from us for so long, Alertmanager takes the alert for resolved."""
HOLD = 2
"""Resends: so long it must be over before it is resolved. A rule evaluated on an older scrape would
open again, and page again, what was resolved at once.
"""


@dataclass(frozen=True, slots=True)
class Alert:
    """`labels` identify it; empty ones are left out, as Alertmanager does."""

    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    generator_url: str = ""

    @property
    def key(self) -> str:
        return json.dumps(self.labels, sort_keys=True, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Delivered:
    """What one Alertmanager was told last. Instants are POSIX seconds.

    since: the alert fires from then on. ends_at: until then it counts as firing. absent_since: from
    then on it should fire no longer; None while it should.
    """

    alert: Alert
    since: int
    sent_at: int
    ends_at: int
    absent_since: int | None = None

    def record(self) -> dict[str, Any]:
        """Plain JSON, for a ledger."""
        return {
            "labels": dict(self.alert.labels),
            "annotations": dict(self.alert.annotations),
            "generator_url": self.alert.generator_url,
            "since": self.since,
            "sent_at": self.sent_at,
            "ends_at": self.ends_at,
            "absent_since": self.absent_since,
        }

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Self:
        alert = Alert(record["labels"], record["annotations"], record["generator_url"])
        return cls(alert, record["since"], record["sent_at"], record["ends_at"], record["absent_since"])


@dataclass(frozen=True, slots=True)
class Message:
    """An alert to be told. `after`: what is delivered once it was; None: nothing is firing any more."""

    alert: Alert
    starts_at: int
    ends_at: int
    after: Delivered | None

    def body(self, apart: int = 0) -> dict[str, Any]:
        """As the API v2 takes it; the receiver's clock is so many seconds ahead of ours."""
        return {
            "labels": dict(self.alert.labels),
            "annotations": dict(self.alert.annotations),
            "startsAt": rfc3339(self.starts_at + apart),
            "endsAt": rfc3339(self.ends_at + apart),
            "generatorURL": self.alert.generator_url,
        }


def desired(board: Board, links: Links, labels: Mapping[str, str] | None = None) -> tuple[Alert, ...]:
    """The alerts that the board calls for. `labels` are added to each, as to those of the rules."""
    broken = (
        _alert(entry.current, FIRING[entry.status], links, labels or {})
        for entry in board.entries
        if entry.status in FIRING
    )
    return (*broken, *_reminders(board, links, labels or {}))


def _reminders(board: Board, links: Links, extra: Mapping[str, str]) -> Iterator[Alert]:
    """Of dates that come near."""
    for agreement in board.agreements:
        dates, at = board.lifetimes.get(agreement.name), board.at or 0
        if dates is not None and dates.notice_runs_out(at):
            last, renewal = rfc3339(dates.notice or 0), rfc3339(dates.renewal or 0)
            told = f"Unless notice is given by {last}, the agreement is renewed {renewal}."
            yield _made(identities.NOTICE_DUE, agreement, told, links=links, extra=extra)
        if dates is not None and dates.review_nears(at):
            told = f"It is due {rfc3339(dates.review or 0)}."
            yield _made(identities.REVIEW_DUE, agreement, told, links=links, extra=extra)


def plan(
    wanted: Iterable[Alert], delivered: Mapping[str, Delivered], now: int, resend: int
) -> tuple[tuple[Message, ...], dict[str, Delivered]]:
    """What one Alertmanager must be told now, and the state as long as it has not been.

    A delivered message replaces the state under its alert's key by its `after`.
    """
    alerts = {alert.key: alert for alert in wanted}
    state = {key: _seen(told, now, wanted=key in alerts) for key, told in delivered.items()}
    firing = [_firing(alert, state.get(key), now, resend) for key, alert in alerts.items()]
    over = [_over(told, now, resend) for key, told in state.items() if key not in alerts]
    return tuple(message for message in (*firing, *over) if message), state


def with_ending(message: Message, board: Board) -> Message:
    """Says in a resolved alert how the objective stands now."""
    if message.after is not None:
        return message
    names = (message.alert.labels["agreement"], message.alert.labels.get("objective"))
    standing = next((entry.current for entry in board.entries if entry.key == names), None)
    gone = "the date has passed, or was changed" if names[1] is None else "the objective is measured no longer"
    told = f"now {standing.status.value}: {standing.reason}" if standing else gone
    annotations = {**message.alert.annotations, "resolution": told}
    return replace(message, alert=replace(message.alert, annotations=annotations))


def _seen(told: Delivered, now: int, *, wanted: bool) -> Delivered:
    if wanted:
        return replace(told, absent_since=None)
    return told if told.absent_since is not None else replace(told, absent_since=now)


def _firing(alert: Alert, told: Delivered | None, now: int, resend: int) -> Message | None:
    if told is not None and 0 <= now - told.sent_at < resend:
        return None
    since, ends_at = told.since if told else now, now + LIFETIME * resend
    return Message(alert, min(since, now), ends_at, Delivered(alert, since, now, ends_at))


def _over(told: Delivered, now: int, resend: int) -> Message | None:
    if told.absent_since is None or 0 <= now - told.absent_since < HOLD * resend:
        return None
    return Message(told.alert, min(told.since, now), now, None)


def _alert(standing: Standing, identity: Identity, links: Links, extra: Mapping[str, str]) -> Alert:
    agreement, objective = standing.agreement, standing.objective
    return _made(identity, agreement, _numbers(standing), links=links, extra=extra, objective=objective.name)


def _made(
    identity: Identity, agreement: Agreement, told: str, *, links: Links, extra: Mapping[str, str], objective: str = ""
) -> Alert:
    """`objective` empty: it is about the agreement as a whole."""
    names = {"agreement": agreement.name, "objective": objective, "customer": agreement.customer}
    labels = {"alertname": identity.name, "severity": identity.severity, **names, "service": agreement.service, **extra}
    page = links.page(agreement.name)
    annotations = {
        "summary": identity.summary.format(**names),
        "description": told,
        "runbook_url": links.runbook(identity.name),
        "page_url": page,
    }
    return Alert(_filled(labels), _filled(annotations), page)


def _numbers(standing: Standing) -> str:
    said = f"{standing.reason[:1].upper()}{standing.reason[1:]}."
    if standing.objective.is_share:
        kept = "unknown" if standing.percent is None else f"{percent_text(standing.percent)} %"
        said += f" Attainment is {kept}, promised are {percent_text(standing.objective.target * 100)} %"
        said += "." if standing.budget is None else f"; {_used(standing.budget)} % of the error budget is used."
    return f"{said} Window {standing.window.label}, until {rfc3339(standing.window.span.end)}."


def _used(budget: Budget) -> str:
    return ceiled((1 - budget.remaining_ratio) * 100, 1)


def _filled(texts: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in texts.items() if text}
