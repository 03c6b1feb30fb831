"""Where to look, once the demo is up."""

from __future__ import annotations

from urllib.parse import quote

from rich.box import ROUNDED
from rich.panel import Panel
from rich.table import Table

from deploy.demo.play import STATED, Alert, Play
from deploy.demo.servers import finish, verb
from deploy.demo.telling import console

GRAPH = "sla_attainment_ratio"
FIRST = {"page": 0, "ticket": 1}


def show(play: Play, seconds: float) -> None:
    console.print(Panel(_places(play), title=f"up in {seconds:.0f} s", title_align="left", box=ROUNDED, expand=False))
    console.print("\n[bold]Alerts that fired[/] (the rules in Prometheus and the monitor's own pushes, as one)")
    console.print(_alerts(play.alerts))
    _told(play, "status")
    if play.statement:
        _told(play, "statements", STATED)


def _told(play: Play, *words: str) -> None:
    console.print(f"\n[bold]$ sla-monitor {' '.join(words)} --config {play.settings}[/]", soft_wrap=True)
    finish(verb(*words, "--config", str(play.settings)))


def farewell(play: Play, seconds: float | None) -> None:
    told = "Let half of the checkouts fail for three minutes; page and alerts tell of it two or three minutes later:"
    console.print(f"\n{told}\n  curl -X POST {play.live.url}/break", soft_wrap=True)
    ends = "Ctrl-C ends it." if seconds is None else f"It ends in {seconds:.0f} s, or with Ctrl-C."
    console.print(f"[bold]{ends}[/] Nothing is kept.", soft_wrap=True)


def _places(play: Play) -> Table:
    table = Table.grid(padding=(0, 2))
    for name, address in {
        "agreements": f"{play.monitor.url}/",
        **({"a statement": play.statement} if play.statement else {}),
        "metrics": f"{play.monitor.url}/metrics",
        "API": f"{play.monitor.url}/api/docs",
        "Prometheus": f"{play.prometheus.url}/graph?g0.expr={quote(GRAPH)}",
        "its alerts": f"{play.prometheus.url}/alerts",
        # Debian's Alertmanager comes without pages.
        "Alertmanager": f"{play.alertmanager.url}/api/v2/alerts",
    }.items():
        # A link that a terminal may fold is still one to click.
        table.add_row(f"[bold]{name}[/]", f"[link={address}]{address}[/link]")
    return table


def _alerts(alerts: list[Alert]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("alert", "severity", "agreement", "summary"):
        table.add_column(name, no_wrap=name != "summary")
    for alert in sorted(alerts, key=lambda one: (FIRST.get(one["labels"]["severity"], 2), _name(one))):
        labels = alert["labels"]
        table.add_row(_name(alert), labels["severity"], labels.get("agreement", ""), alert["annotations"]["summary"])
    return table


def _name(alert: Alert) -> str:
    return str(alert["labels"]["alertname"])
