"""The documents of agreement files, whole."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, ConfigDict, Field, model_validator

from sla_monitor.agreements.quantities import Percentage, wrong
from sla_monitor.agreements.schema.exclusions import Exclusion
from sla_monitor.agreements.schema.hours import Region, ServiceHours
from sla_monitor.agreements.schema.objectives import NoData, Objective, ObjectiveChange, RoundingOrNone
from sla_monitor.agreements.schema.parties import (
    Contact,
    CustomerOrName,
    EscalationStep,
    ProviderOrName,
    Report,
    Reviews,
    Term,
)
from sla_monitor.agreements.schema.servicecredits import Credits
from sla_monitor.agreements.schema.strictness import GaugeQuery, Instant, Label, LabelValue, Name, Strict, Text, Zone

API_VERSION = "sla-monitor/v1"


def _label_name(text: str) -> str:
    # The labels become Prometheus labels `label_*`; Kubernetes' prefixes and dashes are turned to `_`.
    if not re.fullmatch(r"[A-Za-z0-9]([-A-Za-z0-9_./]*[A-Za-z0-9])?", text):
        raise wrong(f"{text[:40]!r} is no label name", "letters, digits, -, _, . and /")
    return text


class Metadata(Strict):
    """The agreement's name and free labels."""

    name: Name = Field(description="unique among all agreements")
    labels: dict[Annotated[str, AfterValidator(_label_name)], str] = Field({})


class Amendment(Strict):
    """What changes from an instant on."""

    effective: Instant
    reason: Text | None = None
    agreed_by: tuple[Text, ...] = ()
    policy: Literal["weighted", "at-start", "at-end", "split"] = "weighted"
    objectives: tuple[ObjectiveChange, ...] = ()
    exclusions: tuple[Exclusion, ...] | None = None
    credits: Credits | None = None


class Terms(Strict):
    """Everything but the objectives."""

    title: Text | None = None
    type: Literal["customer", "internal", "supplier"] = Field(
        "customer", description="customer: an SLA; internal: an OLA; supplier: an underpinning contract"
    )
    provider: ProviderOrName | None = None
    customer: CustomerOrName | None = None
    service: Text | None = Field(None, description="the agreement's name unless given")
    scope: Text | None = None
    restrictions: tuple[Text, ...] = ()
    reference: Text | None = Field(None, description="contract number or URL")
    source: Text = Field("default", description="which configured Prometheus")
    timezone: Zone = Field("UTC", description="IANA time zone")
    term: Term | None = None
    service_hours: ServiceHours | None = Field(None, description="24/7 unless given; OpenStreetMap opening_hours")
    holidays: Region | None = Field(None, description="country[-region] for PH in serviceHours")
    no_data: NoData = "unknown"
    min_coverage: Percentage | None = Field(None, description="90% unless given")
    rounding: RoundingOrNone | None = None
    contacts: tuple[Contact, ...] = ()
    exclusions: tuple[Exclusion, ...] = ()
    credits: Credits | None = None
    escalation: tuple[EscalationStep, ...] = ()
    reviews: Reviews | None = None
    reports: tuple[Report, ...] = ()
    amendments: tuple[Amendment, ...] = ()


class TemplateSpec(Terms):
    """An agreement's spec whose customer is filled in later."""

    objectives: tuple[Objective, ...] = Field(min_length=1)


class Spec(TemplateSpec):
    """What was promised."""

    customer: CustomerOrName


class Overrides(Terms):
    """What one customer has otherwise; objectives are named and changed in part."""

    objectives: tuple[ObjectiveChange, ...] = ()


class Present(Strict):
    """When a customer was there; what is not said goes on."""

    from_: Instant | None = Field(None, alias="from")
    until: Instant | None = None


class TemplateCustomer(Strict):
    """One customer of a template."""

    name: Text
    match: dict[Label, LabelValue] = Field(min_length=1, description="labels of its series, with their values")
    overrides: Overrides | None = None
    present: Present | None = Field(None, description="the term is cut to it; so are customers kept that were found")


class Discover(Strict):
    """Customers found by a query."""

    query: GaugeQuery
    label: Label
    name: Name = Field(examples=["sla-{{tenant}}"])


class Template(Strict):
    """One agreement for many customers."""

    template: TemplateSpec
    customers: tuple[TemplateCustomer, ...] | None = Field(None, min_length=1)
    discover: Discover | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.customers is None) == (self.discover is None):
            raise wrong("wants its customers from exactly one place", "exactly one of: customers, discover")
        return self


class Agreement(Strict):
    """A service level agreement."""

    model_config = ConfigDict(title="Agreement")
    api_version: Literal["sla-monitor/v1"]
    kind: Literal["Agreement"]
    metadata: Metadata
    spec: Spec


class AgreementTemplate(Strict):
    """One service level agreement for many customers."""

    api_version: Literal["sla-monitor/v1"]
    kind: Literal["AgreementTemplate"]
    metadata: Metadata
    spec: Template


KINDS: dict[str, type[Agreement | AgreementTemplate]] = {
    "Agreement": Agreement,
    "AgreementTemplate": AgreementTemplate,
}
