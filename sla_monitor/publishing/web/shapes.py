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
    """Only the bounds that were agreed: ratios of attainment, bad seconds, a value, or its excess as a ratio.

    Where failures are counted, so many instead of bounds; `termination`: the right to terminate, and no credit.
    """

    below: float | None = None
    at_or_below: float | None = None
    above: float | None = None
    at_or_above: float | None = None
    failures: int | None = None
    termination: bool | None = None


class Rung(Tier):
    """A tier beside the whole window, also what of it is to come."""

    left: float | None = Field(
        description="what may still be bad before it begins, in the unit; null: it hangs on no such amount"
    )
    reachable: bool = Field(description="the window may still end in it")


class Minimum(Shape):
    """What must be reached for anything to be paid: a share, days of service, or money."""

    comparison: Literal[">=", ">"]
    credit: float | None = None
    days: float | None = None
    money: float | None = None
    currency: str | None = None


class Credit(Shape):
    percent: float | None
    next_tier: Tier | None
    most: Amount | None = Field(description="the most the window may still come to owe; null: no end, or no verdict")
    tiers: list[Rung]
    days: float | None = Field(None, description="only of credits in days of service")
    claim_until: datetime | None = Field(None, description="only where a deadline was agreed; null: nothing to claim")
    termination: bool | None = Field(None, description="only where failures are counted: there is a right to terminate")
    condition: Minimum | None = Field(None, description="only of a minimum in money: paid only if it comes to that")
    unknown_windows: int | None = Field(
        None,
        description="only where there are any: earlier ones, taken for kept and to have earned nothing",
    )


class PerBlock(Amount):
    """So much for each block of an outage; `begun`: also of one that has only begun."""

    every_seconds: float
    begun: bool
    shortest_seconds: float | None
    shortest_comparison: Literal[">=", ">"] | None
    max_per_day: int | None


class PerSubwindow(Amount):
    """So much for each hour or day that misses its own target."""

    every: Literal["hour", "day"]
    target: float
    comparison: Literal[">=", ">", "<=", "<"]


class Escalation(Shape):
    within: str
    failures: list[Tier]


class LongCap(Amount):
    per: str = Field(description="a calendar period, or so long until a window's end")


class Remedy(Shape):
    """How credits are counted. The tiers of a schedule, or the bands of an exceedance, are the promise's `credits`."""

    kind: Literal["schedule", "proportional", "perBlock", "perSubwindow", "exceedance", "escalation", "flat"]
    basis: Literal["attainment", "bad seconds", "value"] = Field(
        description="what a schedule's bounds are held against"
    )
    of: str
    factor: float | None
    flat: Amount | None
    per_block: PerBlock | None
    per_subwindow: PerSubwindow | None
    escalation: Escalation | None
    cap: Amount | None
    cap_per: LongCap | None
    minimum: Minimum | None
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


class Allowance(Shape):
    seconds: int
    per: Literal["day", "week", "month", "quarter", "year"]
    uses: Literal["scheduled", "downtime"]


class Exclusion(Shape):
    """As it was agreed; null: not agreed, or for all objectives."""

    name: str
    category: str
    effect: Literal["drop", "good"]
    during: dict[str, str | int | list[str]] = Field(
        description="from and until; rrule and length_seconds; ics; query; or silences"
    )
    announced: datetime | None
    notice_seconds: int | None
    allowance: Allowance | None
    objectives: list[str] | None


class Amendment(Shape):
    """`objectives` are the changed promises, whole, as they stand from then on; `exclusions` null: they stay."""

    effective: datetime
    reason: str
    agreed_by: list[str]
    policy: Policy
    objectives: list[Promise]
    exclusions: list[Exclusion] | None


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
