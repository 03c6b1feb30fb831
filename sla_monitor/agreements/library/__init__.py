"""What `init` writes: commented starter agreements, and contracts that providers have published."""

from sla_monitor.agreements.library.contracts import contracts, published
from sla_monitor.agreements.library.shelf import Entry, entries, text_of

__all__ = ["Entry", "contracts", "entries", "published", "text_of"]
