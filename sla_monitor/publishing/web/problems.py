"""Errors as RFC 9457 problems, or as a page for a browser that asked for one."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from sla_monitor.errors import SlaMonitorError
from sla_monitor.publishing.web import rendering

MEDIA_TYPE = "application/problem+json"
MACHINES = ("/api", "/-/", "/metrics", "/healthz", "/readyz", "/static")
"""Paths that never answer with a page."""


class Problem(BaseModel):
    """What went wrong (RFC 9457). `type` is always about:blank, so `title` says what `status` means."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str = Field(description="What was wrong with this request, and what to do.")
    instance: str = Field(description="The path that was asked for.")
    errors: list[str] = Field(default=[], description="Each fault in a sentence, where there are several.")


DOCUMENTED: dict[int | str, dict[str, Any]] = {
    "default": {
        "description": "What was wrong, as an RFC 9457 problem",
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
}


def answer(request: Request, status: int, detail: str, errors: list[str] | None = None) -> Response:
    """A browser gets a page, everybody else a problem."""
    problem = Problem(
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        instance=request.url.path,
        errors=errors or [],
    )
    wants_page = "text/html" in request.headers.get("accept", "")
    if wants_page and not request.url.path.startswith(MACHINES):
        return rendering.page(request, "problem.html", {"problem": problem}, status)
    return Response(orjson.dumps(problem.model_dump()), status, media_type=MEDIA_TYPE)


def install(app: FastAPI) -> None:
    app.exception_handler(HTTPException)(_refused)
    app.exception_handler(RequestValidationError)(_invalid)
    app.exception_handler(SlaMonitorError)(_failed)
    app.exception_handler(Exception)(_broken)


async def _refused(request: Request, error: HTTPException) -> Response:
    response = answer(request, error.status_code, _detail(request, error))
    response.headers.update(error.headers or {})
    return response


def _detail(request: Request, error: HTTPException) -> str:
    if error.detail != HTTPStatus(error.status_code).phrase:
        return error.detail
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        return f"{request.url.path} does not take {request.method}."
    return f"There is nothing at {request.url.path}; /api/docs lists what there is."


async def _invalid(request: Request, error: RequestValidationError) -> Response:
    errors = [f"{'.'.join(str(part) for part in each['loc'][1:])}: {each['msg']}" for each in error.errors()]
    return answer(request, HTTPStatus.UNPROCESSABLE_ENTITY, "; ".join(errors), errors)


async def _failed(request: Request, error: SlaMonitorError) -> Response:
    """The ledger or another service did not do its part; its error says what to do."""
    return answer(request, HTTPStatus.SERVICE_UNAVAILABLE, str(error))


async def _broken(request: Request, _: Exception) -> Response:
    """What failed inside stays in the log: an answer must not give away more than that it did."""
    return answer(request, HTTPStatus.INTERNAL_SERVER_ERROR, "The request failed inside the monitor; its log says why.")
