"""The pages: one board in HTML. They work without scripts and never compute a window."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from starlette.exceptions import HTTPException

from sla_monitor.compliance.boards import Entry
from sla_monitor.compliance.terms import Agreement
from sla_monitor.publishing.web import (
    amended,
    api,
    crediting,
    details,
    exclusions,
    overview,
    panels,
    rendering,
    shapes,
    stated,
)
from sla_monitor.publishing.web.ports import Here, Site

router = APIRouter(include_in_schema=False)
METHODS = ["GET", "HEAD"]


@router.api_route("/", methods=METHODS)
def front(
    request: Request,
    site: Here,
    *,
    q: Annotated[str, Query(max_length=200)] = "",
    status: Annotated[list[shapes.Status | Literal[""]] | None, Query()] = None,
    customer: str = "",
    sort: overview.Sort | Literal[""] = "",
    page: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
) -> Response:
    """An empty field of the form means: not asked for."""
    statuses = frozenset(str(one) for one in status or () if one)
    wanted = overview.Wanted(q.strip(), statuses, customer, sort or "attention", page)
    board = site.board()
    shown = overview.overview(board, wanted, site.stale_after)
    values = {"shown": shown, "wanted": wanted, "faults": board.faults, **overview.CHOICES}
    return _page(request, site, "overview.html", values)


@router.api_route("/agreements/{name}", methods=METHODS)
def agreement(request: Request, site: Here, name: str) -> Response:
    found = api.agreement_of(site, name)
    held = tuple(_detail(site, entry) for entry in site.board().of(name))
    worst = panels.worst([entry.current for entry in site.board().of(name)])
    filed = stated.filed(site, name, request.scope.get("root_path", ""))
    values = _about(site, found) | {"details": held, "badge": worst, "filed": filed}
    return _page(request, site, "agreement.html", values)


@router.api_route("/agreements/{name}/{objective}", methods=METHODS)
def objective(request: Request, site: Here, name: str, objective: str) -> Response:
    found = api.agreement_of(site, name)
    promised = api.objective_of(found, objective)
    entry = next((one for one in site.board().of(name) if one.objective.name == objective), None)
    if entry is None:
        detail = f"{name}/{objective} is agreed but was not measured yet; look again after the next pass."
        raise HTTPException(HTTPStatus.NOT_FOUND, detail)
    values = _about(site, found) | {"promised": promised, "detail": _detail(site, entry)}
    return _page(request, site, "objective.html", values)


def _detail(site: Site, entry: Entry) -> details.Detail:
    return details.detail(entry, site.board().at or 0, site.stale_after)


def _about(site: Site, agreement: Agreement) -> dict[str, object]:
    promised = [amended.current(agreement, one, site.now()) for one in agreement.objectives]
    return {
        "agreement": agreement,
        "title": agreement.title or agreement.name,
        "kind": details.KINDS[agreement.type],
        "facts": details.facts(agreement, site.board().lifetimes.get(agreement.name), site.now()),
        "excluding": exclusions.agreed(agreement, site.now()),
        "declared": exclusions.declared(agreement, site.board()),
        "amendments": amended.of_agreement(agreement),
        "credited": [terms for one in promised if (terms := crediting.agreed(one)) is not None],
        "web_link": details.web_link,
    }


def _page(request: Request, site: Site, template: str, values: dict[str, object]) -> Response:
    fresh = panels.freshness(site.board().at, site.now(), site.stale_after)
    return rendering.page(request, template, values | {"fresh": fresh})
