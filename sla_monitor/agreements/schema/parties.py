"""Who promised what to whom, whom to tell, and when to meet."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from sla_monitor.agreements.quantities import Cadence, Duration, Lapsed, PositiveDuration
from sla_monitor.agreements.schema.strictness import Instant, ShortForm, Strict, Text


class Provider(Strict):
    """Who gives the service."""

    name: Text
    contact: Text | None = None


class Customer(Strict):
    """Who receives the service."""

    name: Text
    kind: Literal["internal", "external"] = "external"


class Contact(Strict):
    """A person or a group that the agreement names."""

    name: Text
    role: Text | None = None
    email: Text | None = None
    url: Text | None = None
    responsible_for: tuple[Text, ...] = Field((), description="names of objectives this contact answers for")


class EscalationStep(Strict):
    """Whom to tell how long after a critical problem began."""

    after: Duration
    to: Text = Field(description="the name of a contact")
    action: Text
    runbook: Text | None = None
    update_every: PositiveDuration | None = None


class Reviews(Strict):
    """How often the agreement itself is looked at, and by whom."""

    every: Cadence
    with_: tuple[Text, ...] = Field((), alias="with")


class Report(Strict):
    """A report that is sent on a schedule."""

    every: Literal["day", "week", "month", "quarter", "year"]
    to: tuple[Text, ...] = Field(min_length=1)
    formats: tuple[Literal["html", "pdf", "md", "csv", "json"], ...] = Field(("html",), min_length=1)
    language: Text = "en"


class Renewal(Strict):
    """The term is renewed by this length unless notice is given in time."""

    every: Cadence
    notice: Lapsed | None = Field(
        None, description="how long before its end notice must be given; exactly so long is enough"
    )


class Term(Strict):
    """From when until when the agreement is in force; `until` is the first instant after it."""

    from_: Instant | None = Field(None, alias="from")
    until: Instant | None = None
    renewal: Renewal | None = None
    terminated: Instant | None = Field(
        None, description="when the agreement was ended before its time; null: it was not"
    )


_NAME = {"type": "string"}
CustomerOrName = Annotated[Customer, ShortForm(lambda name: {"name": name}, _NAME)]
ProviderOrName = Annotated[Provider, ShortForm(lambda name: {"name": name}, _NAME)]
