"""PromQL over the monitor's own metrics, and the texts of alerts that quote them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

KEYS = "agreement, objective"


@dataclass(frozen=True, slots=True)
class Scope:
    """Which agreements the rules are for; none named: all that are measured."""

    agreements: tuple[str, ...] = ()

    @classmethod
    def of(cls, names: Iterable[str]) -> Scope:
        return cls(tuple(sorted(set(names))))

    def metric(self, name: str, **matchers: str) -> str:
        chosen = "|".join(re.escape(name).replace(r"\-", "-") for name in self.agreements)
        quoted = chosen.replace("\\", "\\\\")
        plain = (f'{label}="{value}"' for label, value in matchers.items())
        inside = ", ".join((*([f'agreement=~"{quoted}"'] if chosen else []), *plain))
        return f"{name}{{{inside}}}" if inside else name

    def each(self, name: str, **matchers: str) -> str:
        """One series an objective: replicas, and the labels of the scrape, are merged away."""
        return f"max by ({KEYS}) ({self.metric(name, **matchers)})"

    def agreements_each(self, name: str) -> str:
        """One series an agreement."""
        return f"max by (agreement) ({self.metric(name)})"

    def signed(self, expr: str) -> str:
        """Adds `service` and `customer` to what is told of agreements."""
        info = f"max by (agreement, service, customer) ({self.metric('sla_agreement_info')})"
        return f"(\n{expr}\n)\n* on (agreement) group_left (service, customer)\ntopk by (agreement) (1, {info})"

    def named(self, expr: str) -> str:
        """Adds `service` and `customer`.

        `topk` keeps the rule alive while an old and a new monitor describe an objective differently.
        """
        info = f"max by ({KEYS}, service, customer) ({self.metric('sla_objective_info')})"
        return f"(\n{expr}\n)\n* on ({KEYS}) group_left (service, customer)\ntopk by ({KEYS}) (1, {info})"


def quoted(metric: str, form: str, *, scale: str = "{}", **matchers: str) -> str:
    """Template text that asks for the alert's objective and prints the value, or nothing.

    `form` is a template function; `scale` PromQL around the value.
    """
    plain = (f"{label}='{value}'" for label, value in matchers.items())
    inside = ",".join(("agreement=%q", "objective=%q", *plain))
    query = scale.format(f"max({metric}{{{inside}}})")
    ask = f'{{{{ with printf "{query}" $labels.agreement $labels.objective | query }}}}'
    return f"{ask}{{{{ . | first | value | {form} }}}}{{{{ end }}}}"


def dated(metric: str) -> str:
    """Template text that prints an instant of the alert's agreement."""
    ask = f'{{{{ with printf "max({metric}{{agreement=%q}})" $labels.agreement | query }}}}'
    return f"{ask}{{{{ . | first | value | humanizeTimestamp }}}}{{{{ end }}}}"


def percent(metric: str) -> str:
    """Cut at six digits, never rounded: 99.8999 % must not be told as 99.9 %.

    The millionth of the last digit heals floats such as 0.9989999999999999 for an exact 0.999.
    """
    return quoted(metric, 'printf "%v"', scale="floor({} * 1e8 + 1e-6) / 1e6") + " %"
