"""What machines ask of a daemon: metrics, health, reload, and the files of the pages."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter, Request, Response
from prometheus_client.exposition import choose_encoder
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse

from sla_monitor.publishing.web import problems, rendering
from sla_monitor.publishing.web.ports import Here

router = APIRouter(include_in_schema=False)
ELSEWHERE = ("cross-site", "same-site")
"""What a browser says of a request that a page of another origin made."""


@router.api_route("/metrics", methods=["GET", "HEAD"])
def metrics(request: Request, site: Here) -> Response:
    """Not async: writing ten thousand series must not hold up other requests."""
    encode, content_type = choose_encoder(request.headers.get("accept", ""))
    return Response(encode(site.registry), media_type=content_type)


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
