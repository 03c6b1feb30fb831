"""The text format and OpenMetrics, byte for byte as prometheus_client writes them, column by column."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from operator import attrgetter

import numpy as np
import orjson
from prometheus_client import CollectorRegistry
from prometheus_client.core import Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.openmetrics import exposition as openmetrics
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

from sla_monitor.publishing.series import SEAM, Column, Family, Labels

SMALL, LARGE, LARGEST = 1e-4, 1e6, 1e15
"""Between the first two all write numbers alike; up to the third Go has exponents, of positive ones, and JSON none."""
_WHOLE, _BEFORE, _AFTER = attrgetter("whole"), attrgetter("before"), attrgetter("after")


@dataclass(frozen=True, slots=True)
class Format:
    """One way to write metrics. `encode`: prometheus_client's own, of a registry."""

    encode: Callable[[Collector], bytes]
    content_type: str
    escaping: str

    @classmethod
    def asked(cls, accept: str) -> Format:
        """As the Accept header wants it; a version that is no number counts for nothing."""
        try:
            encode, content_type = choose_encoder(accept)
        except TypeError:
            encode, content_type = choose_encoder("")
        wanted = encode.keywords if isinstance(encode, partial) else {}
        return cls(encode, content_type, wanted.get("escaping", openmetrics.UNDERSCORES))

    @property
    def end(self) -> bytes:
        return self.encode(CollectorRegistry())

    def write(self, family: Family) -> Iterator[str]:
        """HELP and TYPE, then a line for each series."""
        head, name = self._head(family)
        yield head
        for column in family.columns:
            yield self._lines(name, column)

    def _head(self, family: Family) -> tuple[str, str]:
        """Asked of prometheus_client, with one series that has no labels: the head, and the name of series."""
        asked = Metric(family.name, family.help, family.kind)
        asked.add_sample(family.series, {}, 0.0)
        text = self.encode(_Only(asked)).removesuffix(self.end).decode()
        head, name, _ = text[: -len(" 0.0\n")].rpartition("\n")
        return head + name, text[len(head) + 1 : -len(" 0.0\n")]

    def _lines(self, name: str, column: Column) -> str:
        if not column.values:
            return ""
        middle, end = _extra(column)
        labels = self._named(column.labels)
        texts: Iterable[str] = map(_WHOLE, labels)
        if middle:
            texts = map(middle.join, zip(map(_BEFORE, labels), map(_AFTER, labels), strict=True))
        parts = [f"\n{name}", "", end, ""] * len(labels)  # one join of all is quicker than one a line
        parts[1::4], parts[3::4] = texts, numbers(column.values)
        parts[0] = name
        return "".join(parts) + "\n"

    def _named(self, labels: Sequence[Labels]) -> Sequence[Labels]:
        """Of the schemes for names only the one by dots changes ours: it doubles their underscores."""
        if self.escaping != openmetrics.DOTS:
            return labels
        return [Labels({self._name(name): value for name, value in whose.pairs}) for whose in labels]

    def _name(self, label: str) -> str:
        return openmetrics.escape_label_name(label, self.escaping)


class _Only(Collector):
    def __init__(self, family: Metric) -> None:
        self._family = family

    def collect(self) -> Iterable[Metric]:
        return [self._family]


def _extra(column: Column) -> tuple[str, str]:
    """What stands in the middle of the labels, and at their end."""
    if column.extra is None:
        return "", "} "
    name, value = column.extra
    text = f'{name}="{value}"'
    return (f",{text}", "} ") if name < SEAM else ("", f",{text}}} ")


def numbers(values: Sequence[float]) -> list[str]:
    """As floatToGoString writes each."""
    texts = orjson.dumps(values).decode()[1:-1].split(",")
    exact = np.array(values)
    size = np.abs(exact)
    plain = ((size >= SMALL) & (size < LARGEST)) | (size == 0)
    for n in np.flatnonzero(~plain).tolist():
        texts[n] = str(floatToGoString(values[n]))  # type: ignore[no-untyped-call]
    for n in np.flatnonzero(plain & (exact >= LARGE)).tolist():
        texts[n] = _with_exponent(texts[n])
    return texts


@lru_cache(maxsize=4096)
def _with_exponent(text: str) -> str:
    """1234567.5 → 1.2345675e+06. Mostly instants that many objectives have in common."""
    whole, _, rest = text.partition(".")
    mantissa = f"{whole[0]}.{whole[1:]}{rest}".rstrip("0.")
    return f"{mantissa}e+{len(whole) - 1:02d}"
