"""Every published contract with the number it gives, worked out by hand."""

from __future__ import annotations

from tests.catalogue.goldens import aws, google, microsoft, networks, people, platforms
from tests.catalogue.ladders import Cases

BY_PROVIDER = (aws, google, microsoft, networks, people, platforms)
GOLDENS: dict[str, Cases] = {name: cases for module in BY_PROVIDER for name, cases in module.GOLDENS.items()}
