"""`sla-monitor`: hands over to the verbs, and alone decides what the exit code is."""

from __future__ import annotations

import gc
import sys
import traceback
from importlib.metadata import version as installed_version
from typing import Annotated, Any, cast

import typer

from sla_monitor.cli.verbs import Verbs
from sla_monitor.daemon import telemetry
from sla_monitor.errors import SlaMonitorError

app = typer.Typer(
    name="sla-monitor",
    cls=Verbs,
    help="Service level agreements, kept by the book: windows, budgets and verdicts from Prometheus.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    epilog="Exit codes: 0 fine · 1 a promise is broken, or a check found faults · 2 wrong usage or configuration · "
    "3 a needed service did not answer · 4 internal error",
)

UsageError = cast("Any", typer.BadParameter.__base__)
"""Click's, or that of the copy of Click which newer versions of typer bring along."""

INTERRUPTED = 130
INTERNAL = 4


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"sla-monitor {installed_version('sla-monitor')}")
        raise typer.Exit


@app.callback()
def _top(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    pass


def main() -> None:
    """The entry point. Errors raised on purpose are shown as their text alone."""
    telemetry.to_standard_error()
    try:
        code = app(standalone_mode=False)
    except SlaMonitorError as error:
        typer.echo(f"sla-monitor: {error}", err=True)
        code = error.exit_code
    except UsageError as error:
        error.show()
        code = error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        code = INTERRUPTED
    except Exception:  # noqa: BLE001 - the only exit: what nobody foresaw is an internal error
        traceback.print_exc()
        typer.echo("sla-monitor: internal error; please report the lines above", err=True)
        code = INTERNAL
    gc.freeze()  # the interpreter looks through all it holds before it ends: a tenth of a second and more, for nothing
    sys.exit(code)
