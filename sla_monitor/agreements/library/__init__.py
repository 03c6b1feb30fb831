"""What `init` writes: commented starter agreements, and contracts that providers have published."""

from sla_monitor.agreements.library.contracts import contracts, published

__all__ = ["contracts", "published"]
