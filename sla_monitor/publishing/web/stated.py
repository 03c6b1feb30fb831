"""Statements of closed windows: a list and a document each for machines, and as pages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated
from urllib.parse import quote

import orjson
from fastapi import APIRouter, Query, Request, Response
from starlette.exceptions import HTTPException

from sla_monitor.compliance import filings
from sla_monitor.compliance.periods import zone_of
from sla_monitor.compliance.statements import Statement
from sla_monitor.errors import SlaMonitorError
from sla_monitor.publishing.statements import formats, promises, sheets, summaries
from sla_monitor.publishing.statements.formats import Format
from sla_monitor.publishing.web import problems, rendering, statementshapes, texts
from sla_monitor.publishing.web.panels import Badge
from sla_monitor.publishing.web.ports import Here, Site

router = APIRouter()
METHODS = ["GET", "HEAD"]
SHOWN = 12
"""So many of the newest are on the page of an agreement."""

FormatQuery = Annotated[Format, Query(alias="format")]
VersionQuery = Annotated[int | None, Query(ge=1, description="An earlier version. Default: the last")]


@dataclass(frozen=True, slots=True)
class Row:
    """One statement in the list on an agreement's page; `forms` are its other forms."""

    period: str
    number: str
    badge: Badge
    results: tuple[tuple[str, str], ...]
    issued: str
    page: str
    forms: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Filed:
    """`rows` are the newest, the newest first; `more` are not shown. fault: why none can be."""

    rows: tuple[Row, ...] = ()
    more: int = 0
    fault: str = ""


@router.get(
    "/api/v1/statements",
    response_model=list[statementshapes.StatementSummary],
    responses=problems.DOCUMENTED,
    tags=["v1"],
)
def statements(
    site: Here,
    agreement: Annotated[str | None, Query(description="Only of this agreement, by its name")] = None,
    period: Annotated[
        str | None, Query(description="Only of this window or period: 2026-10, 2026-Q3, 2026, previous")
    ] = None,
) -> Response:
    """Every statement of a closed window, every version, in order of issue."""
    found: Iterable[Statement] = site.statements.each(agreement)
    if period is not None:
        try:
            found = filings.of_period(list(found), period)
        except ValueError as error:
            raise HTTPException(HTTPStatus.BAD_REQUEST, f"period: {error} or previous") from error
    content = orjson.dumps([summaries.as_record(one) for one in found])
    return Response(content, media_type="application/json", headers=_FRESH)


@router.get(
    "/api/v1/statements/{agreement}/{number}",
    response_model=statementshapes.StatementDocument,
    responses=problems.DOCUMENTED,
    tags=["v1"],
)
def document(
    site: Here, agreement: str, number: int, version: VersionQuery = None, form: FormatQuery = Format.JSON
) -> Response:
    """One statement: what its hash is of, and the hash. In other formats: a picture of it."""
    return _answer(_chosen(site, agreement, number, version), form)


@router.api_route("/agreements/{name}/statements/{number}", methods=METHODS, include_in_schema=False)
def page(
    request: Request,
    site: Here,
    name: str,
    number: int,
    *,
    version: VersionQuery = None,
    form: FormatQuery = Format.HTML,
) -> Response:
    found = _chosen(site, name, number, version)
    if form is not Format.HTML:
        return _answer(found, form)
    root = request.scope.get("root_path", "")
    text = formats.html(found, root=root, digest=rendering.STATEMENT_DIGEST, links=_links(site, found, root))
    return Response(text, media_type=formats.MEDIA_TYPES[Format.HTML], headers=_FRESH)


def filed(site: Site, agreement: str, root: str) -> Filed:
    """What an agreement's page shows of its statements; a ledger that is away takes no page with it."""
    try:
        found = site.statements.latest(agreement)[::-1]
    except SlaMonitorError as error:
        return Filed(fault=str(error))
    return Filed(tuple(_row(one, root) for one in found[:SHOWN]), max(0, len(found) - SHOWN))


_FRESH = {"Cache-Control": "no-cache"}


def _chosen(site: Site, agreement: str, number: int, version: int | None) -> Statement:
    found = [one for one in site.statements.statements(agreement) if one.number == number]
    if version is not None:
        found = [one for one in found if one.version == version]
    if not found:
        which = f"{number}" if version is None else f"{number}, version {version}"
        raise HTTPException(HTTPStatus.NOT_FOUND, f"There is no statement {which} of {agreement!r}.")
    return found[-1]


def _answer(statement: Statement, form: Format) -> Response:
    try:
        content = formats.rendered(statement, form)
    except formats.NoPdfError as error:
        raise HTTPException(HTTPStatus.NOT_IMPLEMENTED, f"{error}.") from error
    name = f"{statement.agreement}-{statement.window.label.replace(':', '')}-{statement.number}.{form.value}"
    headers = _FRESH | {"Content-Disposition": f'inline; filename="{quote(name)}"'}
    return Response(content, media_type=formats.MEDIA_TYPES[form], headers=headers)


def _address(statement: Statement, root: str) -> str:
    return f"{root}/agreements/{quote(statement.agreement, safe='')}/statements/{statement.number}"


def _forms(statement: Statement, root: str) -> tuple[tuple[str, str], ...]:
    address = _address(statement, root)
    return tuple((name, f"{address}?version={statement.version}&format={form.value}") for name, form in _NAMED)


_NAMED = (("PDF", Format.PDF), ("JSON", Format.JSON), ("CSV", Format.CSV), ("Markdown", Format.MARKDOWN))


def _links(site: Site, statement: Statement, root: str) -> list[tuple[str, str]]:
    """Back to the agreement while it is in force, other forms, and the version before."""
    held = any(one.name == statement.agreement for one in site.board().agreements)
    back = f"{root}/agreements/{quote(statement.agreement, safe='')}" if held else f"{root}/"
    links = [("All of this agreement" if held else "All agreements", back), *_forms(statement, root)]
    if statement.version > 1:
        links.append(("The version before", f"{_address(statement, root)}?version={statement.version - 1}"))
    return links


def _row(statement: Statement, root: str) -> Row:
    content = statement.content
    zone = zone_of(content["window"]["timezone"])
    return Row(
        period=texts.window(statement.window, zone),
        number=sheets.number(statement),
        badge=sheets.worst(content),
        results=tuple((account["objective"], promises.result(account)) for account in content["objectives"]),
        issued=texts.moment(statement.made_at, zone),
        page=_address(statement, root),
        forms=_forms(statement, root),
    )
