"""slo-generator, as its documentation runs it: a file for each SLO, and the error budget policy of its samples."""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from benchmarks.shop import Shop

HOUR = 3600
COMMAND = Path(".cache/slo-generator/bin/slo-generator")
LOOKBACKS = {"1 hour": (HOUR, 9), "12 hours": (12 * HOUR, 3), "7 days": (168 * HOUR, 1.5), "28 days": (672 * HOUR, 1)}
REPORT = re.compile(r"(?P<name>\S+)\s*\| (?P<step>[\w ]+?)\s*\| SLI: (?P<sli>[\d.]+)\s*%")


@dataclass(frozen=True)
class Reported:
    """Seconds of one run of the command, and what it says of each SLO and step."""

    seconds: float
    attainments: dict[tuple[str, str], float]


def prepare(folder: Path, url: str, shop: Shop, count: int, steps: Mapping[str, tuple[int, float]]) -> None:
    (folder / "slos").mkdir(parents=True, exist_ok=True)
    policy = [
        {"name": name, "window": window, "burn_rate_threshold": threshold, "alert": True, "message_alert": "burning",
         "message_ok": "on track"}
        for name, (window, threshold) in steps.items()
    ]  # fmt: skip
    config = {"backends": {"prometheus": {"url": url}}, "error_budget_policies": {"default": {"steps": policy}}}
    (folder / "config.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    for name in shop.names[:count]:
        (folder / "slos" / f"{name}.yaml").write_text(yaml.safe_dump(_slo(shop, name)), encoding="utf-8")


def _slo(shop: Shop, name: str) -> dict[str, object]:
    asked = shop.selectors(name)
    return {
        "apiVersion": "sre.google.com/v2",
        "kind": "ServiceLevelObjective",
        "metadata": {"name": name, "labels": {"service_name": "shop", "feature_name": name, "slo_name": "requests"}},
        "spec": {
            "description": "99.9% of requests are good",
            "goal": 0.999,
            "backend": "prometheus",
            "method": "good_bad_ratio",
            "error_budget_policy": "default",
            "service_level_indicator": {"filter_good": asked.good, "filter_valid": asked.total},
        },
    }


def run(folder: Path, command: Path = COMMAND) -> Reported:
    files = ["-f", str(folder / "slos"), "-c", str(folder / "config.yaml")]
    kept = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    kept["COLORED_OUTPUT"] = "0"
    began = time.perf_counter()
    done = subprocess.run(
        [str(command.resolve()), "compute", *files], capture_output=True, text=True, check=True, env=kept
    )
    took = time.perf_counter() - began
    told = [found for line in (done.stdout + done.stderr).splitlines() if (found := REPORT.search(line))]
    return Reported(took, {(one["name"], one["step"]): float(one["sli"]) / 100 for one in told})
