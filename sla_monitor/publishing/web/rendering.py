"""Templates into pages, and the few files the pages load."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from importlib import resources
from typing import Any
from urllib.parse import quote

from fastapi import Request
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse

from sla_monitor.publishing.statements import formats
from sla_monitor.publishing.web import texts

_FOLDER = resources.files("sla_monitor.publishing.web") / "static"
_CSS = "text/css; charset=utf-8"
STATIC: Mapping[str, tuple[bytes, str]] = {
    "style.css": ((_FOLDER / "style.css").read_bytes(), _CSS),
    "statement.css": (formats.style().encode(), _CSS),
    "icon.svg": ((_FOLDER / "icon.svg").read_bytes(), "image/svg+xml"),
}
"""File name → contents and media type."""


def _digest(name: str) -> str:
    """In the address of a style sheet, so that a new version is never drawn with an old one."""
    return hashlib.sha256(STATIC[name][0]).hexdigest()[:12]


STYLE_DIGEST, STATEMENT_DIGEST = _digest("style.css"), _digest("statement.css")


def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("sla_monitor.publishing.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["segment"] = lambda text: quote(text, safe="")
    made.globals["texts"] = texts
    return made


_ENVIRONMENT = _environment()


def page(request: Request, template: str, values: Mapping[str, object], status: int = 200) -> HTMLResponse:
    """`root` is the prefix a proxy in front strips off; every link begins with it."""
    given: dict[str, Any] = {
        "root": request.scope.get("root_path", ""),
        "style_digest": STYLE_DIGEST,
        "version": request.app.version,
        **values,
    }
    return HTMLResponse(_ENVIRONMENT.get_template(template).render(given), status, {"Cache-Control": "no-cache"})
