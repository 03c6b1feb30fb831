"""What machines ask of a daemon: metrics, health, reload, and the files of the pages."""

from __future__ import annotations

import re
from http import HTTPStatus

from fastapi import APIRouter, Request, Response
from prometheus_client.exposition import gzip_accepted
from starlette.datastructures import QueryParams
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse

from sla_monitor.publishing.exposition import Narrowing
from sla_monitor.publishing.formats import Format
from sla_monitor.publishing.web import problems, rendering
from sla_monitor.publishing.web.ports import Here

router = APIRouter(include_in_schema=False)
NARROWED_BY = {"agreement", "customer", "shard"}
DIGITS = re.compile("[0-9]{1,6}")
ELSEWHERE = ("cross-site", "same-site")
"""What a browser says of a request that a page of another origin made."""


@router.api_route("/metrics", methods=["GET", "HEAD"])
def metrics(request: Request, site: Here) -> Response:
    """Not async: writing ten thousand series must not hold up other requests."""
    narrowing = _narrowing(request.query_params)
    if unknown := narrowing.unknown(site.board()):
        raise HTTPException(HTTPStatus.NOT_FOUND, f"There is no {', and no '.join(unknown)}: / lists what there is.")
    form = Format.asked(request.headers.get("accept", ""))
    squeezed = gzip_accepted(request.headers.get("accept-encoding", ""))
    # What is not squeezed here tells the middleware to say the rest of Vary.
    headers = {"Vary": "Accept, Accept-Encoding", "Content-Encoding": "gzip"} if squeezed else {"Vary": "Accept"}
    body = site.exposition.answer(form, narrowing, squeezed=squeezed)
    return Response(body, headers=headers, media_type=form.content_type)


def _narrowing(asked: QueryParams) -> Narrowing:
    if strange := set(asked) - NARROWED_BY:
        detail = f"/metrics takes agreement=, customer= and shard=, and not {', '.join(sorted(strange))}."
        raise HTTPException(HTTPStatus.BAD_REQUEST, detail)
    shards = {_shard(text) for text in asked.getlist("shard")}
    if len(shards) > 1:
        raise HTTPException(HTTPStatus.BAD_REQUEST, "shard= may be given once.")
    agreements, customers = frozenset(asked.getlist("agreement")), frozenset(asked.getlist("customer"))
    return Narrowing(agreements, customers, next(iter(shards), None))


def _shard(text: str) -> tuple[int, int]:
    number, _, count = text.partition("/")
    if DIGITS.fullmatch(number) and DIGITS.fullmatch(count) and 1 <= int(number) <= int(count):
        return int(number), int(count)
    raise HTTPException(HTTPStatus.BAD_REQUEST, f"shard={text}: write the number and the count of shards, 1/4 to 4/4.")


@router.api_route("/healthz", methods=["GET", "HEAD"])
async def healthz() -> Response:
    return PlainTextResponse("ok\n")


@router.api_route("/readyz", methods=["GET", "HEAD"])
async def readyz(site: Here) -> Response:
    reasons = await site.health.problems()
    if not reasons:
        return PlainTextResponse("ok\n")
    return PlainTextResponse("\n".join(reasons) + "\n", HTTPStatus.SERVICE_UNAVAILABLE)


@router.post("/-/reload")
async def reload(request: Request, site: Here) -> Response:
    if request.headers.get("sec-fetch-site", "none") in ELSEWHERE:
        raise HTTPException(HTTPStatus.FORBIDDEN, "A page of another origin may not reload the monitor.")
    if faults := list(await site.reload()):
        detail = "Not everything was read; what was faulty keeps its last good version. " + "; ".join(faults)
        return problems.answer(request, HTTPStatus.INTERNAL_SERVER_ERROR, detail, faults)
    return PlainTextResponse("reloaded\n")


@router.api_route("/static/{name}", methods=["GET", "HEAD"])
async def static(name: str) -> Response:
    if name not in rendering.STATIC:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    contents, media_type = rendering.STATIC[name]
    return Response(contents, media_type=media_type, headers={"Cache-Control": "public, max-age=86400"})
