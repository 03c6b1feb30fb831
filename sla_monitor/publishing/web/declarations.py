"""Runtime exclusions over the API: shown, declared and revoked."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated
from urllib.parse import urlsplit

import orjson
from fastapi import APIRouter, Depends, Query, Request, Response
from starlette.exceptions import HTTPException

from sla_monitor.compliance import declarations
from sla_monitor.compliance.declarations import Asked, Revocation
from sla_monitor.publishing import exclusions
from sla_monitor.publishing.records import Record
from sla_monitor.publishing.web import exclusionshapes, problems
from sla_monitor.publishing.web.operations import ELSEWHERE
from sla_monitor.publishing.web.ports import Here, Site

router = APIRouter(prefix="/api/v1", tags=["v1"], responses=problems.DOCUMENTED)
HERE = ("127.0.0.1", "::1", "localhost")
"""Names of this machine; another in the `Host` header may be an address that somebody has turned round to here."""


async def _allowed(request: Request, site: Here) -> None:
    """Nobody logs in, so only who sits at this machine may write, and no page of somebody else on their behalf."""
    if site.declaring.refusal is not None:
        raise HTTPException(HTTPStatus.FORBIDDEN, site.declaring.refusal)
    if request.headers.get("sec-fetch-site", "none") in ELSEWHERE:
        raise HTTPException(HTTPStatus.FORBIDDEN, "A page of another origin may not declare or revoke exclusions.")
    if urlsplit(f"//{request.headers.get('host', '')}").hostname not in HERE:
        told = "Exclusions are declared from this machine only: call the monitor 127.0.0.1 or localhost."
        raise HTTPException(HTTPStatus.FORBIDDEN, told)


Writing = [Depends(_allowed)]


@router.get("/exclusions", response_model=list[exclusionshapes.Excluded])
def every(
    site: Here, agreement: Annotated[str | None, Query(description="Only this agreement's, by its name")] = None
) -> Response:
    """What was declared, by whom and why; and all that excludes time from the current windows and those before."""
    return _json(exclusions.as_records(site.board(), agreement))


@router.post(
    "/exclusions", response_model=exclusionshapes.Declared, status_code=HTTPStatus.CREATED, dependencies=Writing
)
async def declare(request: Request, site: Here, said: exclusionshapes.Declaration) -> Response:
    """Excludes time from now on, also of the past: it changes windows that are open at once, and never a statement."""
    agreement = next((one for one in site.board().agreements if one.name == said.agreement), None)
    if agreement is None:
        faults = [f"agreement: no agreement in force is called {said.agreement[:70]!r}"]
        return _faulty(request, faults)
    found = declarations.declare(agreement, _asked(said), site.now())
    if isinstance(found, list):
        return _faulty(request, found)
    made = await site.declaring.declare(found)
    note = exclusions.reaching_back(agreement, made, site.now())
    record = {**exclusions.as_record(made, site.board()), "note": note or None}
    return _json(record, HTTPStatus.CREATED)


@router.post("/exclusions/{number}/revoke", response_model=exclusionshapes.Declared, dependencies=Writing)
async def revoke(request: Request, site: Here, number: int, said: exclusionshapes.Revoking) -> Response:
    """It excludes nothing from now on, and stays to be seen."""
    if faults := list(declarations.said_faults(said.author, said.reason)):
        return _faulty(request, faults)
    mine = Revocation(said.author.strip(), said.reason.strip(), site.now())
    found = await site.declaring.revoke(number, mine)
    if found is None:
        raise HTTPException(HTTPStatus.NOT_FOUND, f"No exclusion has the number {number}; GET /api/v1/exclusions.")
    if found.revoked != mine:
        raise HTTPException(HTTPStatus.CONFLICT, exclusions.revoked_before(found))
    return _json({**exclusions.as_record(found, site.board()), "note": _note(site, found)})


def _note(site: Site, found: declarations.Declared) -> str | None:
    """An agreement that has gone has no windows left."""
    agreement = next((one for one in site.board().agreements if one.name == found.said.agreement), None)
    return None if agreement is None else exclusions.reaching_back(agreement, found, site.now()) or None


def _asked(said: exclusionshapes.Declaration) -> Asked:
    objectives = None if said.objectives is None else tuple(said.objectives)
    return Asked(
        said.start, said.until, said.category, said.author, said.reason, said.effect, objectives, said.announced
    )


def _faulty(request: Request, faults: list[str]) -> Response:
    return problems.answer(request, HTTPStatus.UNPROCESSABLE_ENTITY, "; ".join(faults), faults)


def _json(content: Record | list[Record], status: int = HTTPStatus.OK) -> Response:
    headers = {"Cache-Control": "no-cache"}
    return Response(orjson.dumps(content), status, media_type="application/json", headers=headers)
