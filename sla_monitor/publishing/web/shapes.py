"""The shapes of the API's answers, for its OpenAPI document. A test holds every record against them."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Status = Literal["met", "at_risk", "breached", "unknown", "pending", "ended"]

Policy = Literal["weighted", "at-start", "at-end", "split"]


class Shape(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Window(Shape):
    kind: str
    label: str
    start: datetime
    end: datetime
    complete: bool


class Budget(Shape):
    """In the objective's unit; `remaining_ratio` is negative once it is overdrawn."""

    allowed: float
    used: float
    remaining: float
    remaining_ratio: float


class Projection(Shape):
    """If the pace of the last six hours goes on."""

    attainment_at_end: float | None
    exhaustion: datetime | None
    max_further_downtime_seconds: float | None
    breach_certain: bool


class Amount(Shape):
    credit: float | None = Field(description="percent of the credit base; null: days, whose share hangs on the window")
    days: float | None = Field(None, description="only of credits in days of service")


class Tier(Amount):
    """Only the bounds that were agreed: ratios of attainment, or bad seconds."""

    below: float | None = None
    at_or_below: float | None = None
    above: float | None = None
    at_or_above: float | None = None


class Credit(Shape):
    percent: float | None
    next_tier: Tier | None
    days: float | None = Field(None, description="only of credits in days of service")
    claim_until: datetime | None = Field(None, description="only where a deadline was agreed; null: nothing to claim")


class Remedy(Shape):
    """How credits are counted: by a schedule (the promise's `credits`), in proportion, or flat."""

    kind: Literal["schedule", "proportional", "flat"]
    basis: Literal["attainment", "bad seconds"] = Field(description="what the schedule's bounds are held against")
    of: str
    factor: float | None
    flat: Amount | None
    cap: Amount | None
    minimum: Amount | None
    minimum_comparison: Literal[">=", ">"] | None
    claim_within: str | None


class Amended(Shape):
    """An amendment that becomes effective inside the window; `target` of the standing is what comes of it."""

    effective: datetime
    reason: str
    agreed_by: list[str]
    policy: Policy
    target_before: float
    target_after: float


class Standing(Shape):
    """How one objective stands in its current window. Ratios are 0 to 1; null: not known or not agreed."""

    agreement: str
    objective: str
    service: str
    customer: str
    method: str
    unit: Literal["events", "seconds"]
    window: Window
    at: datetime
    target: float
    attainment: float | None
    attainment_percent: str | None = Field(description="what was compared, floored")
    attainment_bounds: tuple[float, float] | None = Field(description="all unknown bad, all unknown good")
    value: float | None
    comparison: Literal[">=", ">", "<=", "<"]
    good: float
    total: float
    bad: float
    coverage: float | None
    known_seconds: int
    unknown_seconds: int
    excluded_seconds: int
    budget: Budget
    burn_rates: dict[str, float | None]
    projection: Projection
    status: Status
    reason: str
    credit: Credit | None
    amendments: list[Amended]


class Stretch(Shape):
    """Half-open; null: no beginning, or no end, was agreed."""

    start: datetime | None = Field(alias="from")
    until: datetime | None


class Renewal(Shape):
    """Lengths as the agreement writes them."""

    every: str
    notice: str | None


class Term(Stretch):
    """As agreed: `until` is the end of the first term."""

    renewal: Renewal | None
    terminated: datetime | None


class Reviews(Shape):
    every: str
    with_: list[str] = Field(alias="with")


class Dates(Shape):
    """As they are now; null: not agreed, or none to come."""

    term: Stretch = Field(description="the term under way")
    end: datetime | None = Field(description="when the agreement ends for good")
    renewal: datetime | None = Field(description="when the next term begins, unless notice is given")
    notice: datetime | None = Field(description="the last instant for that, which may have passed")
    review: datetime | None = Field(description="when the next review is due")


class Contact(Shape):
    name: str
    role: str
    email: str
    url: str
    responsible_for: list[str]


class EscalationStep(Shape):
    after_seconds: float
    to: str
    action: str
    runbook: str
    update_every_seconds: float | None


class Promise(Shape):
    name: str
    description: str
    target: float
    comparison: Literal[">=", ">", "<=", "<"]
    warn_at: float | None
    method: str
    unit: Literal["events", "seconds"]
    window: str
    service_hours: str = Field(description="OpenStreetMap opening_hours in the agreement's zone")
    holidays: str = Field(description="whose public holidays PH are")
    slice_seconds: int
    no_data: str
    min_coverage: float
    credits: list[Tier]
    remedy: Remedy | None


class Amendment(Shape):
    """`objectives` are the changed promises, whole, as they stand from then on."""

    effective: datetime
    reason: str
    agreed_by: list[str]
    policy: Policy
    objectives: list[Promise]


class Allowance(Shape):
    seconds: int
    per: Literal["day", "week", "month", "quarter", "year"]


class Exclusion(Shape):
    """As it was agreed; null: not agreed, or for all objectives."""

    name: str
    category: str
    effect: Literal["drop", "good"]
    during: dict[str, str | int] = Field(description="from and until; rrule and length_seconds; or ics")
    announced: datetime | None
    notice_seconds: int | None
    allowance: Allowance | None
    objectives: list[str] | None


class Agreement(Shape):
    name: str
    title: str
    type: Literal["customer", "internal", "supplier"]
    provider: str
    customer: str
    customer_kind: str
    service: str
    scope: str
    restrictions: list[str]
    reference: str
    timezone: str
    term: Term
    dates: Dates | None = Field(None, description="null: not reckoned yet")
    labels: dict[str, str]
    contacts: list[Contact]
    escalation: list[EscalationStep]
    reviews: Reviews | None
    credit_of: str
    exclusions: list[Exclusion]
    objectives: list[Promise] = Field(description="as first agreed")
    amendments: list[Amendment]


class Slice(Shape):
    """Sums over one step. Steps of which nothing is held are left out; `known_seconds` 0: nobody could measure."""

    start: datetime
    good: float
    total: float
    known_seconds: int


class SliceList(Shape):
    """`from` and `until` are the asked ones, widened to whole steps counted from the epoch."""

    agreement: str
    objective: str
    unit: Literal["events", "seconds"]
    step_seconds: int
    start: datetime = Field(alias="from")
    until: datetime
    slices: list[Slice]
