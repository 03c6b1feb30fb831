"""`python -m sla_monitor` is the command."""

from sla_monitor.cli.main import main

main()
