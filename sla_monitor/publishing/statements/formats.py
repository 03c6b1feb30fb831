"""A statement in each of its forms."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from enum import Enum
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from sla_monitor.compliance.notations import Record
from sla_monitor.compliance.statements import Statement
from sla_monitor.errors import ConfigError
from sla_monitor.publishing.statements.sheets import sheet

if TYPE_CHECKING:
    from jinja2 import Environment


class Format(Enum):
    HTML = "html"
    PDF = "pdf"
    MARKDOWN = "md"
    CSV = "csv"
    JSON = "json"


MEDIA_TYPES = {
    Format.HTML: "text/html; charset=utf-8",
    Format.PDF: "application/pdf",
    Format.MARKDOWN: "text/markdown; charset=utf-8",
    Format.CSV: "text/csv; charset=utf-8",
    Format.JSON: "application/json",
}


class NoPdfError(ConfigError):
    """The library that lays pages out is not there."""


def style() -> str:
    """The style sheet of the documents."""
    return (resources.files("sla_monitor.publishing.statements") / "templates" / "statement.css").read_text("utf-8")


def rendered(statement: Statement, form: Format) -> bytes:
    return _RENDERED[form](statement)


def as_record(statement: Statement) -> Record:
    """What the hash is of, and the hash."""
    return {"sha256": statement.sha256, "content": statement.content}


def html(
    statement: Statement, *, root: str | None = None, digest: str = "", links: Sequence[tuple[str, str]] = ()
) -> str:
    """With its style inside; with `root`, as a page of the monitor whose style is a file of its own."""
    inside = style() if root is None else ""
    given = {"sheet": sheet(statement), "style": inside, "root": root or "", "style_digest": digest, "links": links}
    return _environment().get_template("statement.html").render(given)


def markdown(statement: Statement) -> str:
    return _environment().get_template("statement.md").render(sheet=sheet(statement))


def pdf(statement: Statement) -> bytes:
    try:
        from weasyprint import HTML  # noqa: PLC0415 - an extra, and slow to import
    except ImportError as error:
        raise NoPdfError(
            "PDF needs WeasyPrint, which is not installed: pip install 'sla-monitor[pdf]', or ask for html"
        ) from error
    except OSError as error:
        raise NoPdfError(
            f"PDF needs the Pango library, which is not installed ({error}): "
            "on Debian, apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0; or ask for html"
        ) from error
    made: bytes = HTML(string=html(statement)).write_pdf()
    return made


def rows(statement: Statement) -> list[dict[str, Any]]:
    """One for each promise, always with the same columns; exact amounts as the statement writes them."""
    content, window = statement.content, statement.content["window"]
    heading = {
        "agreement": statement.agreement,
        "number": statement.number,
        "version": statement.version,
        "kind": window["kind"],
        "period": window["label"],
        "start": window["start"],
        "end": window["end"],
        "timezone": window["timezone"],
    }
    return [{**heading, **_row(account), "sha256": statement.sha256} for account in content["objectives"]]


_ACCOUNT = ("status", "reason", "attainment", "percent", "value", "good", "total", "bad", "coverage")
_SECONDS = ("known_seconds", "unknown_seconds", "unmeasured_seconds", "excluded_seconds")
_TERMS = ("comparison", "target", "method", "unit", "shown_in")
_BUDGET = ("allowed", "used", "remaining", "remaining_ratio")
_CREDIT = ("ratio", "days", "of", "claim_until")


def _row(account: Record) -> dict[str, Any]:
    budget, credit = account["budget"] or {}, account["credit"] or {}
    lower, upper = account["bounds"] or (None, None)
    return {
        "objective": account["objective"],
        **{name: account["terms"][name] for name in _TERMS},
        **{name: account[name] for name in (*_ACCOUNT, *_SECONDS)},
        "lower_bound": lower,
        "upper_bound": upper,
        **{f"budget_{name}": budget.get(name) for name in _BUDGET},
        **{f"credit_{name}": credit.get(name) for name in _CREDIT},
        "incidents": None if account["incidents"] is None else account["incidents"]["count"],
    }


def _csv(statement: Statement) -> bytes:
    told, out = rows(statement), io.StringIO()
    writer = csv.DictWriter(out, fieldnames=list(told[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(told)
    return out.getvalue().encode()


_RENDERED: dict[Format, Callable[[Statement], bytes]] = {
    Format.HTML: lambda statement: html(statement).encode(),
    Format.PDF: pdf,
    Format.MARKDOWN: lambda statement: markdown(statement).encode(),
    Format.CSV: _csv,
    Format.JSON: lambda statement: json.dumps(as_record(statement), indent=2, ensure_ascii=False).encode() + b"\n",
}


@lru_cache(maxsize=1)
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape  # noqa: PLC0415 - slow to import

    made = Environment(
        loader=PackageLoader("sla_monitor.publishing.statements"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"line": _line, "cell": lambda text: _line(text).replace("|", "\\|"), "block": _block}
    return made


def _line(text: str) -> str:
    return " ".join(text.split())


def _block(text: str) -> str:
    """Indented, which nothing in the text can end."""
    return "\n".join(f"    {line}" for line in text.rstrip("\n").split("\n"))
