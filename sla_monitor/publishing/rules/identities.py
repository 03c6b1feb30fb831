"""Which alerts there are, and where they point: shared by the rules and the direct pushes.

Both give an alert exactly the labels alertname, severity, agreement, objective, service and customer, so
that Alertmanager takes them for one alert. What is told of a whole agreement has no objective.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

PAGE = "page"
TICKET = "ticket"


@dataclass(frozen=True, slots=True)
class Identity:
    """`severity`: page wakes somebody, ticket waits for working hours."""

    name: str
    severity: str
    summary: str
    """With the names agreement, objective and customer in braces."""


BURN_PAGE = Identity(
    "SLAErrorBudgetBurn", PAGE, "{agreement}/{objective}: the error budget for {customer} burns much too fast"
)
BURN_TICKET = Identity(
    "SLAErrorBudgetBurn", TICKET, "{agreement}/{objective}: the error budget for {customer} burns too fast"
)
EXHAUSTED = Identity(
    "SLAErrorBudgetExhausted", TICKET, "{agreement}/{objective}: the error budget for {customer} is used up"
)
BREACHED = Identity("SLABreached", PAGE, "{agreement}/{objective}: the promise to {customer} is broken")
BREACH_CERTAIN = Identity(
    "SLABreachCertain", TICKET, "{agreement}/{objective}: the promise to {customer} can no longer be kept"
)
AT_RISK = Identity("SLAAtRisk", TICKET, "{agreement}/{objective}: the promise to {customer} is at risk")
COVERAGE_LOW = Identity(
    "SLACoverageLow", TICKET, "{agreement}/{objective}: too little is known to judge the promise to {customer}"
)
NOTICE_DUE = Identity(
    "SLANoticeDue", TICKET, "{agreement}: the time to give notice on the agreement with {customer} runs out"
)
REVIEW_DUE = Identity("SLAReviewDue", TICKET, "{agreement}: a review of the agreement with {customer} is due")


@dataclass(frozen=True, slots=True)
class Links:
    """`external_url`: where people reach the monitor; empty: no links to its pages.

    `runbook_base`: where docs/runbooks.md is published.
    """

    external_url: str = ""
    runbook_base: str = ""

    def page(self, agreement: str) -> str:
        return f"{self.external_url.rstrip('/')}/agreements/{quote(agreement)}" if self.external_url else ""

    def runbook(self, alertname: str) -> str:
        return f"{self.runbook_base}#{alertname.lower()}" if self.runbook_base else ""
