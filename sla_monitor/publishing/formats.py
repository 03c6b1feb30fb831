"""The text format and OpenMetrics, byte for byte as prometheus_client writes them, column by column."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import orjson
from prometheus_client import CollectorRegistry
from prometheus_client.core import Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.openmetrics import exposition as openmetrics
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

from sla_monitor.compliance.slices import Floats
from sla_monitor.publishing.series import SEAM, Column, Family, Labels, Named

BLOCK = 500
"""So many lines are written at once."""

SMALL, LARGE, LARGEST = 1e-4, 1e6, 1e15
"""Between the first two all write numbers alike; up to the third Go has exponents, of positive ones, and JSON none."""


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

    def write(self, family: Family) -> Iterator[bytes]:
        """HELP and TYPE, then a line for each series."""
        head, name = self.head(family)
        yield head
        for column in family.columns:
            yield from self.lines(name, column)

    def head(self, family: Family) -> tuple[bytes, str]:
        """Asked of prometheus_client, with one series that has no labels: the head, and the name of series."""
        asked = Metric(family.name, family.help, family.kind)
        asked.add_sample(family.series, {}, 0.0)
        text = self.encode(_Only(asked)).removesuffix(self.end).removesuffix(b" 0.0\n")
        head, end, name = text.rpartition(b"\n")
        return head + end, name.decode()

    def lines(self, name: str, column: Column) -> Iterator[bytes]:
        """Block after block: what stays in the processor's cache is put together in half the time."""
        labels, (middle, end) = self._named(column.labels), _extra(column)
        values = np.ascontiguousarray(column.values, np.float64)
        line, sides = [f"\n{name}", "", end, ""], [labels.wholes]
        if middle:
            line, sides = [f"\n{name}", "", middle, "", end, ""], [labels.befores, labels.afters]
        write = _plainly if _are_plain(values) else numbers
        for first in range(0, len(values), BLOCK):
            block = slice(first, first + BLOCK)
            texts = write(values[block])
            parts = line * len(texts)
            for place, side in enumerate(sides):
                parts[2 * place + 1 :: len(line)] = side[block]
            parts[len(line) - 1 :: len(line)] = texts
            parts[0] = name
            yield ("".join(parts) + "\n").encode()

    def _named(self, labels: Sequence[Labels]) -> Named:
        """Of the schemes for names only the one by dots changes ours: it doubles their underscores."""
        if self.escaping == openmetrics.DOTS:
            return Named(Labels({self._name(name): value for name, value in whose.pairs.items()}) for whose in labels)
        return labels if isinstance(labels, Named) else Named(labels)

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


def numbers(values: Floats) -> list[str]:
    """As floatToGoString writes each."""
    if len(values) > 1 and (values.view(np.int64) == values.view(np.int64)[0]).all():
        return numbers(values[:1]) * len(values)
    texts, size = _plainly(values), np.abs(values)
    plain = ((size >= SMALL) & (size < LARGEST)) | (size == 0)
    for n in np.flatnonzero(~plain).tolist():
        texts[n] = str(floatToGoString(values[n].item()))  # type: ignore[no-untyped-call]
    for n in np.flatnonzero(plain & (values >= LARGE)).tolist():
        texts[n] = _with_exponent(texts[n])
    return texts


def _are_plain(values: Floats) -> bool:
    """All write them alike."""
    return bool((((values >= SMALL) & (values < LARGE)) | (values == 0)).all())


def _plainly(values: Floats) -> list[str]:
    return orjson.dumps(values, option=orjson.OPT_SERIALIZE_NUMPY)[1:-1].decode().split(",")


def _with_exponent(text: str) -> str:
    """1234567.5 → 1.2345675e+06."""
    whole, _, rest = text.partition(".")
    mantissa = f"{whole[0]}.{whole[1:]}{rest}".rstrip("0.")
    return f"{mantissa}e+{len(whole) - 1:02d}"
