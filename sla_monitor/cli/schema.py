"""`sla-monitor schema`: the agreement file as JSON Schema."""

from __future__ import annotations

import orjson
import typer

from sla_monitor.agreements.schema.editors import json_schema


def register(app: typer.Typer) -> None:
    app.command(epilog="Example: sla-monitor schema > agreement.schema.json")(schema)


def schema() -> None:
    """Print the JSON Schema of the agreement file, for editors."""
    typer.echo(orjson.dumps(json_schema(), option=orjson.OPT_INDENT_2).decode())
