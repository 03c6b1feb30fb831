"""Two months of a small shop, then its present: what `make demo` shows."""
