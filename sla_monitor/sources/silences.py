"""What an Alertmanager says of its silences (API v2) → records, or a typed error."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import orjson

from sla_monitor.compliance.silences import Matcher, Operator, Silence
from sla_monitor.compliance.spans import Span
from sla_monitor.errors import SourceAnswerError, SourceRefusedError, SourceUnavailableError

TIMEOUT = 10.0
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_OPERATORS = {
    (True, False): Operator.EQUAL,
    (False, False): Operator.NOT_EQUAL,
    (True, True): Operator.MATCHES,
    (False, True): Operator.MATCHES_NOT,
}
"""By `isEqual` and `isRegex`."""


@dataclass(frozen=True, slots=True)
class SilenceReader:
    """One Alertmanager; `url` without credentials, so that it can be told."""

    url: str
    http: httpx.AsyncClient
    auth: httpx.Auth

    async def seen(self, now: int) -> tuple[Silence, ...]:
        """All silences it knows, also those that have ended and that it has not yet forgotten. Raises SourceError."""
        try:
            answer = await self.http.get(f"{self.url}/api/v2/silences", auth=self.auth, timeout=TIMEOUT)
        except httpx.HTTPError as error:
            raise SourceUnavailableError(f"the Alertmanager {self.url} does not answer: {_said(error)}") from error
        if answer.is_server_error:
            raise SourceUnavailableError(f"the Alertmanager {self.url} answered {answer.status_code}")
        if not answer.is_success:
            told = f"the Alertmanager {self.url} answered {answer.status_code}: see its URL in alerting.alertmanagers"
            raise SourceRefusedError(told)
        try:
            return tuple(self._silence(one, now) for one in orjson.loads(answer.content))
        except (ValueError, KeyError, TypeError) as error:
            told = f"the Alertmanager {self.url} answered with something else than its silences"
            raise SourceAnswerError(told) from error

    def _silence(self, told: Any, now: int) -> Silence:
        start, end, updated = (_milliseconds(told[name]) for name in ("startsAt", "endsAt", "updatedAt"))
        return Silence(
            id=str(told["id"]),
            updated_ms=updated,
            alertmanager=self.url,
            matchers=tuple(_matcher(one) for one in told["matchers"]),
            span=Span(start // 1000, max(start, end) // 1000),
            author=str(told["createdBy"]),
            comment=str(told["comment"]),
            announced=updated // 1000,
            seen_at=now,
        )


def _matcher(told: Any) -> Matcher:
    # Versions before 0.22 know no negation, and say nothing of it.
    operator = _OPERATORS[bool(told.get("isEqual", True)), bool(told["isRegex"])]
    return Matcher(str(told["name"]), operator, str(told["value"]))


def _milliseconds(text: str) -> int:
    return (datetime.fromisoformat(text) - _EPOCH) // timedelta(milliseconds=1)


def _said(error: httpx.HTTPError) -> str:
    return str(error) or type(error).__name__
