"""From a sound document to the core's records: exact, and nothing left to be read again."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from zoneinfo import ZoneInfo

from sla_monitor.agreements import amending
from sla_monitor.agreements.counting import counting_of, indicator_of
from sla_monitor.agreements.crediting import remedy_of
from sla_monitor.agreements.lifetime import instant_of, renewal_of, reviews_of, term_of
from sla_monitor.agreements.objectivechecks import share_of, slice_of
from sla_monitor.agreements.population import hours_of, rules_of
from sla_monitor.agreements.schema import parties
from sla_monitor.agreements.schema.documents import Amendment, Metadata, TemplateSpec
from sla_monitor.agreements.schema.methods import Window
from sla_monitor.agreements.schema.objectives import Objective, Rounding
from sla_monitor.compliance import periods, ratios, terms
from sla_monitor.compliance.exclusions import Rule
from sla_monitor.compliance.ratios import Comparison

DEFAULT_COVERAGE = Fraction(9, 10)
SIGNS = {"percent": "%", "seconds": "s", "": ""}


def agreement_of(metadata: Metadata, spec: TemplateSpec, where: terms.Document) -> terms.Agreement:
    """Only of what the checks find no fault with, and whose customer is known. Raises CalendarError."""
    name, customer = metadata.name, spec.customer or parties.Customer(name="")
    zone = periods.zone_of(spec.timezone)
    return terms.Agreement(
        name=terms.AgreementName(name),
        labels=tuple(metadata.labels.items()),
        title=spec.title or name,
        type=terms.AgreementType(spec.type),
        provider=spec.provider.name if spec.provider else "",
        customer=customer.name,
        customer_kind=customer.kind,
        service=spec.service or name,
        scope=spec.scope or "",
        restrictions=spec.restrictions,
        reference=spec.reference or "",
        zone=zone,
        term=term_of(spec),
        objectives=tuple(_objective(objective, spec) for objective in spec.objectives),
        contacts=(*_provider_contact(spec.provider), *(_contact(contact) for contact in spec.contacts)),
        escalation=tuple(_step(step) for step in spec.escalation),
        credit_of=(spec.credits.of or "") if spec.credits else "",
        until=instant_of(spec, "until"),
        renewal=renewal_of(spec),
        terminated=instant_of(spec, "terminated"),
        reviews=reviews_of(spec),
        amendments=_amendments(spec, Path(where.path).parent),
        exclusions=rules_of(spec, zone, Path(where.path).parent),
        document=where,
    )


def _amendments(spec: TemplateSpec, folder: Path) -> tuple[terms.Amendment, ...]:
    """In order of time."""
    zone = periods.zone_of(spec.timezone)
    made = (
        terms.Amendment(
            effective=periods.parse_instant(amendment.effective, zone),
            reason=amendment.reason or "",
            agreed_by=amendment.agreed_by,
            policy=terms.Policy(amendment.policy),
            objectives=tuple(
                _objective(version.after, spec.model_copy(update={"credits": version.credits})) for version in versions
            ),
            exclusions=_amended_rules(spec, amendment, zone, folder),
        )
        for amendment, versions in amending.versions(spec)
    )
    return tuple(sorted(made, key=lambda one: one.effective))


def _amended_rules(spec: TemplateSpec, amendment: Amendment, zone: ZoneInfo, folder: Path) -> tuple[Rule, ...] | None:
    if amendment.exclusions is None:
        return None
    amended = spec.model_copy(update={"exclusions": amendment.exclusions})
    return rules_of(amended, zone, folder)


def _objective(objective: Objective, spec: TemplateSpec) -> terms.Objective:
    measurement = terms.Measurement(
        terms.SourceName(spec.source), indicator_of(objective.indicator), int(slice_of(objective))
    )
    coverage = objective.min_coverage if objective.min_coverage is not None else spec.min_coverage
    return terms.Objective(
        name=terms.ObjectiveName(objective.name),
        description=objective.description or "",
        target=share_of(objective.target),
        comparison=objective.target.comparison or Comparison.GE,
        warn_at=share_of(objective.warn_at) if objective.warn_at else None,
        measurement=measurement,
        method=counting_of(objective),
        window=_window(objective.window),
        partial_window=terms.PartialWindow(objective.partial_window or "prorate"),
        no_data=terms.NoData(objective.no_data or spec.no_data),
        min_coverage=DEFAULT_COVERAGE if coverage is None else coverage,
        rounding=_rounding(objective.rounding or spec.rounding),
        remedy=remedy_of(objective, spec.credits),
        hours=hours_of(objective.service_hours or spec.service_hours, spec.holidays),
        shown_in=SIGNS[objective.target.quantity.unit],
        exclusion_order=terms.ExclusionOrder(objective.exclusion_order or "before"),
    )


def _window(window: Window | None) -> periods.WindowSpec:
    if window is None:
        return periods.Calendar(periods.Unit.MONTH)
    if window.rolling is not None:
        return periods.Rolling(int(window.rolling), _length_text(int(window.rolling)))
    unit = periods.Unit(window.every)
    return periods.Calendar(unit, window.start_day or 1, window.start_month or 1)


def _length_text(seconds: int) -> str:
    sizes = ((86400, "d"), (3600, "h"), (60, "m"), (1, "s"))
    return next(f"{seconds // size}{unit}" for size, unit in sizes if seconds % size == 0)


def _rounding(rounding: Rounding | None) -> ratios.Rounding | None:
    if rounding is None or rounding.digits is None:
        return None
    return ratios.Rounding(rounding.digits, ratios.RoundingMode(rounding.mode))


def _provider_contact(provider: parties.Provider | None) -> tuple[terms.Contact, ...]:
    if provider is None or provider.contact is None:
        return ()
    url = provider.contact if "://" in provider.contact else ""
    return (terms.Contact(provider.name, "provider", "" if url else provider.contact, url),)


def _contact(contact: parties.Contact) -> terms.Contact:
    return terms.Contact(
        contact.name, contact.role or "", contact.email or "", contact.url or "", contact.responsible_for
    )


def _step(step: parties.EscalationStep) -> terms.EscalationStep:
    return terms.EscalationStep(step.after, step.to, step.action, step.runbook or "", step.update_every)
