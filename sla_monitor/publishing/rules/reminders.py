"""Reminders of dates: the last one for a notice, and reviews. When they are given, compliance/lifetimes decides too."""

from __future__ import annotations

from sla_monitor.compliance.lifetimes import NOTICE_LEADS, REVIEW_LEAD
from sla_monitor.publishing.rules import identities
from sla_monitor.publishing.rules.expressions import Scope, dated
from sla_monitor.publishing.rules.promises import AlertRule

RENEWAL, NOTICE, REVIEW = (f"sla_agreement_{date}_timestamp_seconds" for date in ("renewal", "notice", "review"))
_LEFT = "{{ $value | humanizeDuration }}"


def alerts(scope: Scope) -> tuple[AlertRule, ...]:
    renewal, notice, review = (scope.agreements_each(name) for name in (RENEWAL, NOTICE, REVIEW))
    lead = f"clamp({renewal} - {notice}, {NOTICE_LEADS[0]}, {NOTICE_LEADS[1]})"
    return (
        AlertRule(
            identities.NOTICE_DUE,
            scope.signed(f"({notice} - time() >= 0)\n<= on (agreement)\n{lead}"),
            f"Unless notice is given by {dated(NOTICE)}, in {_LEFT}, the agreement is renewed {dated(RENEWAL)}.",
        ),
        AlertRule(
            identities.REVIEW_DUE,
            scope.signed(f"({review} - time() > 0)\n<= {REVIEW_LEAD}"),
            f"It is due {dated(REVIEW)}, in {_LEFT}.",
        ),
    )
