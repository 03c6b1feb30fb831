"""What does not count: maintenance and other agreed times."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from sla_monitor.agreements.quantities import Duration, PositiveDuration, wrong
from sla_monitor.agreements.recurrences import check_rule
from sla_monitor.agreements.schema.strictness import ConditionQuery, Instant, Name, Strict, Text
from sla_monitor.compliance.silences import matcher_of

_RRULE_KEYS = (
    "FREQ|UNTIL|COUNT|INTERVAL|BYSECOND|BYMINUTE|BYHOUR|BYDAY|BYMONTHDAY|BYYEARDAY|BYWEEKNO|BYMONTH|BYSETPOS|WKST"
)
_RRULE_PART = re.compile(rf"({_RRULE_KEYS})=[A-Z0-9,+\-]+")
_FREQUENCY = re.compile(r"(^|;)FREQ=(SECONDLY|MINUTELY|HOURLY|DAILY|WEEKLY|MONTHLY|YEARLY)(;|$)")


def _rrule(text: str) -> str:
    odd = [part for part in text.split(";") if not _RRULE_PART.fullmatch(part)]
    if odd:
        raise wrong(f"{odd[0][:40]!r} is no part of an RFC 5545 rule", "such as FREQ=WEEKLY;BYDAY=SU;BYHOUR=2")
    if not _FREQUENCY.search(text):
        raise wrong("the rule says no frequency", "begin it with FREQ=DAILY, WEEKLY, MONTHLY or YEARLY")
    try:
        check_rule(text)
    except ValueError as error:
        raise wrong(str(error), "such as FREQ=WEEKLY;BYDAY=SU;BYHOUR=2") from error
    return text


def _whole(seconds: Fraction) -> Fraction:
    if seconds.denominator != 1:
        raise wrong("is no whole number of seconds")
    return seconds


WholeSeconds = Annotated[Duration, AfterValidator(_whole)]


def _matcher(text: str) -> str:
    try:
        matcher_of(text)
    except ValueError as error:
        raise wrong(str(error), """such as 'service="payments"', or with != =~ !~""") from error
    return text


class Silences(Strict):
    """Silences of the configured Alertmanagers that have all these among their matchers."""

    matchers: tuple[Annotated[Text, AfterValidator(_matcher)], ...] = Field(
        min_length=1, examples=[['sla_exclude="true"', 'service=~"pay.*"']]
    )


_FORMS = (
    frozenset({"rrule", "length"}),
    frozenset({"from_", "until"}),
    frozenset({"ics"}),
    frozenset({"query"}),
    frozenset({"silences"}),
)


class During(Strict):
    """When: a rule, a span, a calendar file, a query, or silences."""

    rrule: Annotated[Text, AfterValidator(_rrule)] | None = Field(None, description="RFC 5545, in the agreement's zone")
    length: Annotated[PositiveDuration, AfterValidator(_whole)] | None = None
    from_: Instant | None = Field(None, alias="from")
    until: Instant | None = None
    ics: Text | None = Field(None, description="an iCalendar file beside the agreement")
    query: ConditionQuery | None = Field(None, description="a PromQL comparison; excluded while it answers")
    silences: Silences | None = None

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        if frozenset(self.model_fields_set) not in _FORMS:
            raise wrong(
                "must be told in exactly one form",
                "rrule and length; from and until; ics; query; or silences",
            )
        return self


class Allowance(Strict):
    """How much may be excluded per period."""

    up_to: WholeSeconds
    per: Literal["day", "week", "month", "quarter", "year"]
    uses: Literal["scheduled", "downtime"] = "scheduled"


Category = Annotated[
    Literal["maintenance", "force-majeure", "customer-caused", "third-party", "other"],
    BeforeValidator(lambda value: value.replace(" ", "-") if isinstance(value, str) else value),
]


class Exclusion(Strict):
    """Time that is taken out, or counted as up."""

    name: Name
    during: During
    category: Category = "other"
    effect: Literal["drop", "good"] = "drop"
    allowance: Allowance | None = None
    announced: Instant | None = None
    notice: WholeSeconds | None = Field(None, description="how long before its start it must have been announced")
    objectives: tuple[Text, ...] | None = Field(None, description="the objectives it is for; absent: all")
