"""What all parts of the file's schema share: strict models, texts, names, and choices written short."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Protocol

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ValidationInfo,
    WithJsonSchema,
)
from pydantic.alias_generators import to_camel
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from sla_monitor.agreements.hints import did_you_mean
from sla_monitor.agreements.quantities import wrong
from sla_monitor.compliance import periods


class Strict(BaseModel):
    """Keys in camelCase; an unknown key is a fault."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        alias_generator=to_camel,
        arbitrary_types_allowed=True,
        validate_default=False,
        defer_build=True,
    )


class Promql(Protocol):
    """What is asked of PromQL while reading: why a text is no selector, query or condition; None where it is one.

    narrowed_query: the query, or selector, over the series that bear these labels.
    """

    def selector_fault(self, text: str) -> str | None: ...

    def query_fault(self, text: str, *, slice_variable: bool) -> str | None: ...

    def condition_fault(self, text: str) -> str | None: ...

    def narrowed_query(self, text: str, matchers: Mapping[str, str]) -> str: ...


def _selector(text: str, info: ValidationInfo) -> str:
    promql: Promql | None = info.context
    if promql is not None and (fault := promql.selector_fault(text)) is not None:
        raise wrong(fault)
    return text


def _query(text: str, info: ValidationInfo, *, slice_variable: bool) -> str:
    promql: Promql | None = info.context
    if promql is not None and (fault := promql.query_fault(text, slice_variable=slice_variable)) is not None:
        hint = "write the range as [$slice]" if slice_variable and "$slice" not in text else ""
        raise wrong(fault, hint)
    return text


def _gauge_query(text: str, info: ValidationInfo) -> str:
    return _query(text, info, slice_variable=False)


def _events_query(text: str, info: ValidationInfo) -> str:
    return _query(text, info, slice_variable=True)


def _condition(text: str, info: ValidationInfo) -> str:
    promql: Promql | None = info.context
    if promql is not None and (fault := promql.condition_fault(text)) is not None:
        raise wrong(fault, "such as max(maintenance_mode) == 1, without bool")
    return text


def _not_blank(text: str) -> str:
    if not text.strip():
        raise wrong("must not be blank")
    return text.strip()


def _dns_label(text: str) -> str:
    # `{{label}}` is filled in by templates; what comes out is checked again.
    if not re.fullmatch(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?", re.sub(r"\{\{\s*\w+\s*\}\}", "x", text)):
        raise wrong(f"{text[:70]!r} is not a DNS-1123 label", "lower-case letters, digits and -, such as acme-payments")
    if len(text) > 63:  # noqa: PLR2004 - the limit of RFC 1123
        raise wrong(f"is {len(text)} characters long", "63 at most")
    return text


_EARLIEST, _LATEST = "1970", "2200"


def _instant(text: str) -> str:
    try:
        periods.parse_instant(text, periods.zone_of("UTC"))
    except (ValueError, OverflowError) as error:
        said = str(error)
        hint = "" if "write" in said else "write 2026-01-31, or 2026-01-31T22:00:00+01:00"
        raise wrong(said, hint) from error
    # Beyond them local midnight may be out of what the calendar can tell.
    if not _EARLIEST <= text[:4] <= _LATEST:
        raise wrong(f"{text!r} is not between the years {_EARLIEST} and {_LATEST}")
    return text


def _zone(text: str) -> str:
    try:
        periods.zone_of(text)
    except ValueError as error:
        raise wrong(str(error), "such as Europe/Berlin or UTC") from error
    return text


_PART = r"(?:[a-z0-9]|\{\{\s*\w+\s*\}\})"
_DNS = {"type": "string", "pattern": f"^{_PART}(?:-*{_PART})*$", "maxLength": 63}


def _label(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name) or name in ("__name__", "le"):
        raise wrong(f"{name[:40]!r} is no label that tells customers apart", "such as tenant")
    return name


def _label_value(text: str) -> str:
    _not_blank(text)  # an empty value means the series without the label
    return text


Text = Annotated[str, AfterValidator(_not_blank)]
Name = Annotated[str, AfterValidator(_dns_label), WithJsonSchema(_DNS)]
Label = Annotated[Text, AfterValidator(_label)]
"""Of a series."""
LabelValue = Annotated[str, AfterValidator(_label_value)]
Instant = Annotated[
    str,
    AfterValidator(_instant),
    WithJsonSchema({"type": "string", "examples": ["2026-01-01", "2026-01-01T09:00:00Z"]}),
]
Zone = Annotated[str, AfterValidator(_zone), WithJsonSchema({"type": "string", "examples": ["UTC", "Europe/Berlin"]})]
Selector = Annotated[Text, AfterValidator(_selector)]
GaugeQuery = Annotated[Text, AfterValidator(_gauge_query)]
ConditionQuery = Annotated[Text, AfterValidator(_condition)]
EventsQuery = Annotated[Text, AfterValidator(_events_query)]


@dataclass(frozen=True, eq=False)
class ShortForm:
    """A single value where a mapping is meant: `customer: Acme` for `customer: {name: Acme}`."""

    expand: Callable[[str], object]
    schema: JsonSchemaValue

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self._expanded, handler(source))

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"anyOf": [self.schema, handler(core)]}

    def _expanded(self, value: object) -> object:
        return self.expand(value) if isinstance(value, str) else value


def wrong_choice(value: str, choices: Sequence[str]) -> PydanticCustomError:
    return wrong(f"{value[:40]!r} is not one of: {', '.join(choices)}", did_you_mean(value, choices))


def one_of(model: Strict) -> None:
    """Raises unless exactly one field of the model is given."""
    given = sorted(_alias(model, name) for name in model.model_fields_set)
    if len(given) != 1:
        choices = ", ".join(_alias(model, name) for name in type(model).model_fields)
        raise wrong(f"has {' and '.join(given)} at once" if given else "is empty", f"exactly one of: {choices}")


def one_key(schema: JsonSchemaValue) -> None:
    """Tells editors that exactly one key is wanted."""
    schema.update(minProperties=1, maxProperties=1)


def _alias(model: Strict, name: str) -> str:
    return type(model).model_fields[name].alias or name
