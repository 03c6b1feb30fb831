"""The web application, built from what it may look at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.middleware.gzip import GZipMiddleware

from sla_monitor.compliance.boards import Board
from sla_monitor.publishing.exposition import Exposition
from sla_monitor.publishing.web import api, declarations, operations, pages, problems, reference, stated
from sla_monitor.publishing.web.headers import SecurityHeaders
from sla_monitor.publishing.web.ports import Declaring, Health, Reload, Site, SlicesPort, StatementsPort

STALE_AFTER = 600
"""Seconds after which a picture is shown with a warning: ten passes of the default schedule."""


def create_app(
    board: Callable[[], Board],
    *,
    exposition: Exposition,
    health: Health,
    reload: Reload,
    slices: SlicesPort,
    declaring: Declaring,
    statements: StatementsPort,
    now: Callable[[], int],
    version: str,
    stale_after: int = STALE_AFTER,
) -> FastAPI:
    """Pages, metrics and API over the last board; nobody is asked to log in here."""
    app = FastAPI(
        title="sla-monitor",
        description="Service level agreements: standings, agreements and the slices behind them.",
        version=version,
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    app.state.site = Site(board, exposition, health, reload, slices, declaring, statements, now, version, stale_after)
    routers = (stated.router, pages.router, api.router, declarations.router, reference.router, operations.router)
    for router in routers:
        app.include_router(router)
    problems.install(app)
    app.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=4)
    app.add_middleware(SecurityHeaders)
    _describe_problems(app)
    return app


def _describe_problems(app: FastAPI) -> None:
    """Adds the shape of errors to the OpenAPI document, which knows only that of answers."""

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
            schemas = document.setdefault("components", {}).setdefault("schemas", {})
            schemas["Problem"] = problems.Problem.model_json_schema()
            app.openapi_schema = document
        return app.openapi_schema

    app.openapi = described  # type: ignore[method-assign]
