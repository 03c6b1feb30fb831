"""The agreement file's schema, whole: what interfaces.md section 1 says, as pydantic models."""

from sla_monitor.agreements.schema.documents import KINDS, Agreement, AgreementTemplate
from sla_monitor.agreements.schema.editors import json_schema
from sla_monitor.agreements.schema.strictness import Promql

__all__ = ["KINDS", "Agreement", "AgreementTemplate", "Promql", "json_schema"]
