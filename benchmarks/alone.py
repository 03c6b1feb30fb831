"""`python -m benchmarks.alone MODULE OUT [ARGUMENT…]`: figures of one benchmark as JSON, for `python -m benchmarks`."""

from __future__ import annotations

import json
import sys
from importlib import import_module
from pathlib import Path

if __name__ == "__main__":
    module = import_module(f"benchmarks.{sys.argv[1]}")
    found = module.figures(module.arguments(sys.argv[3:]))
    Path(sys.argv[2]).write_text(json.dumps(found), encoding="utf-8")
