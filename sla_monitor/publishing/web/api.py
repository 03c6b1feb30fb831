"""The JSON API, its read side: the last standings, the agreements, and the slices behind them."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query, Response
from starlette.exceptions import HTTPException

from sla_monitor.compliance import amendments
from sla_monitor.compliance.periods import rfc3339
from sla_monitor.compliance.terms import Agreement, Objective
from sla_monitor.publishing import records
from sla_monitor.publishing.web import contracts, dates, problems, shapes, steps
from sla_monitor.publishing.web.ports import Here, Site

router = APIRouter(prefix="/api/v1", tags=["v1"], responses=problems.DOCUMENTED)
WRITTEN = "An RFC 3339 instant, or a date: its midnight in the agreement's zone"


def agreement_of(site: Site, name: str) -> Agreement:
    """The agreement in force, or a 404."""
    for agreement in site.board().agreements:
        if agreement.name == name:
            return agreement
    raise HTTPException(HTTPStatus.NOT_FOUND, f"No agreement in force is called {name!r}.")


def objective_of(agreement: Agreement, name: str) -> Objective:
    for objective in agreement.objectives:
        if objective.name == name:
            return objective
    raise HTTPException(HTTPStatus.NOT_FOUND, f"{agreement.name} has no objective called {name!r}.")


@router.get("/agreements", response_model=list[shapes.Agreement])
def agreements(site: Here) -> Response:
    """Every agreement in force."""
    return _json([_agreed(site, agreement) for agreement in site.board().agreements])


@router.get("/agreements/{name}", response_model=shapes.Agreement)
def agreement(site: Here, name: str) -> Response:
    """One agreement: parties, term and its dates, promises, contacts, credits."""
    return _json(_agreed(site, agreement_of(site, name)))


@router.get("/standings", response_model=list[shapes.Standing])
def standings(
    site: Here,
    at: Annotated[str | None, Query(description="Not served by this version: 501")] = None,
    status: Annotated[list[shapes.Status] | None, Query(description="Only these; may be repeated")] = None,
    customer: Annotated[str | None, Query(description="Only this customer's, by its exact name")] = None,
) -> Response:
    """How every objective stands in its current window, as of the last pass."""
    if at is not None:
        detail = "Standings of a past instant (at=) are not served by this version; leave at= out."
        raise HTTPException(HTTPStatus.NOT_IMPLEMENTED, detail)
    chosen = (
        entry.current
        for entry in site.board().entries
        if (not status or entry.status.value in status) and (customer is None or entry.agreement.customer == customer)
    )
    return _json([records.as_record(standing) for standing in chosen])


@router.get("/agreements/{name}/objectives/{objective}/slices", response_model=shapes.SliceList)
async def slices(
    site: Here,
    *,
    name: str,
    objective: str,
    start: Annotated[str | None, Query(alias="from", description=f"{WRITTEN}. Default: a day before until")] = None,
    until: Annotated[str | None, Query(description=f"{WRITTEN}. Default: now")] = None,
    step: Annotated[str | None, Query(description="A multiple of the slice, such as 1h. Default: the slice")] = None,
) -> Response:
    """The measured facts of an objective over a stretch of time, added up to steps."""
    agreement = agreement_of(site, name)
    promised = amendments.in_force(agreement, objective_of(agreement, objective), site.now())
    asked = {"from": start, "until": until, "step": step}
    grid = steps.grid_of(asked, promised.measurement.slice_seconds, agreement.zone, site.now())
    held = await site.slices.slices(agreement, promised, grid.span.start, grid.span.end)
    return _json(_listed(agreement, promised, grid, steps.added_up(held, grid)))


def _agreed(site: Site, agreement: Agreement) -> records.Record:
    lifetime = site.board().lifetimes.get(agreement.name)
    return contracts.as_record(agreement) | {"dates": None if lifetime is None else dates.record(lifetime)}


def _listed(agreement: Agreement, objective: Objective, grid: steps.Grid, held: list[records.Record]) -> records.Record:
    return {
        "agreement": agreement.name,
        "objective": objective.name,
        "unit": objective.unit,
        "step_seconds": grid.step,
        "from": rfc3339(grid.span.start),
        "until": rfc3339(grid.span.end),
        "slices": held,
    }


def _json(content: Any) -> Response:
    return Response(orjson.dumps(content), media_type="application/json", headers={"Cache-Control": "no-cache"})
