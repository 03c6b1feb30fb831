"""`sla-monitor rules`: alerting rules for Prometheus."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sla_monitor.agreements.reading import Reading
from sla_monitor.cli import options
from sla_monitor.compliance.terms import Agreement
from sla_monitor.daemon import wiring
from sla_monitor.errors import ConfigError
from sla_monitor.publishing import rules as rules_


def register(app: typer.Typer) -> None:
    app.command(epilog="Example: sla-monitor rules --external-url https://sla.example.com > sla-rules.yaml")(rules)


def rules(
    files: options.Files = None,
    kubernetes: Annotated[bool, typer.Option("--kubernetes", help="As a PrometheusRule.")] = False,
    external_url: Annotated[
        str | None, typer.Option(help="Where people reach the pages.", show_default="alerting.external_url")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Write to this file.", show_default="standard output")] = None,
    config: options.Config = None,
) -> None:
    """Print alerting rules over the exported metrics: for all agreements, or for those of the files."""
    settings = options.load(config)
    agreements = _named(options.read(options.load(config, files=files))) if files else ()
    links = wiring.links(settings)
    document = rules_.rules(
        agreements,
        external_url=external_url or links.external_url,
        runbook_base=links.runbook_base,
        extra_labels=settings.alerting.labels,
    )
    text = rules_.as_yaml(rules_.as_prometheus_rule(document) if kubernetes else document)
    if out is None:
        typer.echo(text, nl=False)
        return
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"cannot write {out}: {error.strerror}") from error


def _named(reading: Reading) -> tuple[Agreement, ...]:
    for one in reading.discoveries:
        told = "its customers are found while the monitor runs; the rules for all agreements are theirs too"
        typer.echo(f"left out: {one.search.template}: {told}", err=True)
    return options.sound(reading)
