"""The sections of the settings, with their defaults."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, model_validator

from sla_monitor.agreements.discovered import MOST
from sla_monitor.compliance.ratios import parse_duration
from sla_monitor.daemon import addresses
from sla_monitor.errors import ConfigError

RUNBOOKS = "docs/runbooks.md"


def _seconds(value: Any) -> Any:
    """`15s`, `5m`, or a plain number of seconds."""
    if isinstance(value, str) and not value.replace(".", "", 1).isdigit():
        seconds = parse_duration(value)
        return int(seconds) if seconds.denominator == 1 else float(seconds)
    return value


def _listed(separator: str) -> Any:
    """In the environment a list of plain texts needs no JSON."""

    def listed(value: Any) -> Any:
        return [part.strip() for part in value.split(separator) if part.strip()] if isinstance(value, str) else value

    return BeforeValidator(listed)


def _sendable(value: SecretStr) -> SecretStr:
    """What HTTP refuses it refuses with the value in its message: it must not come so far."""
    text = value.get_secret_value()
    if not (text.isascii() and text.isprintable()):
        raise ValueError("the header's value is not one line of ASCII text")
    return value


def _token(value: str) -> str:
    if not (value and value.isascii() and value.isprintable()):
        raise ValueError("the tenant's name is not one line of ASCII text")
    return value


def _grace(value: Any) -> Any:
    return value if value == "settled" else _seconds(value)


def _forever(value: Any) -> Any:
    return value if value == "forever" else _seconds(value)


Seconds = Annotated[int, BeforeValidator(_seconds), Field(ge=1)]
NotNegative = Annotated[int, Field(ge=0)]
Url = Annotated[str, AfterValidator(addresses.http_url)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class Agreements(_Section):
    """Files and folders of agreements; with `watch` a changed file is read at once.

    max_discovered: customers that a template takes on where a query finds them.
    """

    paths: Annotated[tuple[Path, ...], _listed(os.pathsep)] = ()
    watch: bool = True
    max_discovered: Annotated[int, Field(ge=1)] = MOST


class BasicAuth(_Section):
    username: str
    password: SecretStr | None = None
    password_file: Path | None = None

    @model_validator(mode="after")
    def _one_password(self) -> BasicAuth:
        if (self.password is None) == (self.password_file is None):
            raise ValueError("give password or password_file, one of them")
        return self


class Tls(_Section):
    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None
    insecure_skip_verify: bool = False


class Source(_Section):
    """One Prometheus, or what speaks its API. `resolution` and `settle` empty: found out by asking.

    `max_samples` empty: as many as the server allows one query by default.
    """

    name: str = "default"
    url: Url
    headers: dict[str, Annotated[SecretStr, AfterValidator(_sendable)]] = Field(default_factory=dict)
    basic_auth: BasicAuth | None = None
    bearer_token_file: Path | None = None
    tls: Tls = Tls()
    resolution: Seconds | None = None
    settle: Seconds | None = None
    concurrency: Annotated[int, Field(ge=1, le=64)] = 4
    max_samples: Annotated[int, Field(ge=1000)] | None = None
    timeout: Seconds = 30
    flavour: Literal["auto", "prometheus", "thanos", "mimir", "victoriametrics"] = "auto"
    tenant: Annotated[str, AfterValidator(_token)] | None = None

    @model_validator(mode="after")
    def _one_login(self) -> Source:
        if self.bearer_token_file is not None and self.basic_auth is not None:
            raise ValueError("give basic_auth or bearer_token_file, one of them")
        return self

    @model_validator(mode="after")
    def _one_tenant(self) -> Source:
        if self.tenant is not None and any(name.lower() == "x-scope-orgid" for name in self.headers):
            raise ValueError("give tenant or the header X-Scope-OrgID, one of them")
        return self


def default_ledger() -> str:
    state = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return f"sqlite:///{state}/sla-monitor/ledger.db"


class Retention(_Section):
    """How long is kept what nothing needs any more: slices, of which the sums of each day stay; and days."""

    slices: Annotated[Literal["forever"] | Seconds, BeforeValidator(_forever)] = "forever"
    days: Annotated[Literal["forever"] | Seconds, BeforeValidator(_forever)] = "forever"

    @property
    def slices_seconds(self) -> int | None:
        """None: for ever. Days that go take their slices along."""
        return self.days_seconds if self.slices == "forever" else self.slices

    @property
    def days_seconds(self) -> int | None:
        return None if self.days == "forever" else self.days

    @model_validator(mode="after")
    def _coarser_is_kept_longer(self) -> Retention:
        slices, days = self.slices_seconds, self.days_seconds
        if slices is not None and days is not None and days < slices:
            raise ValueError("days go before their slices: keep days as long, or longer")
        return self


class Ledger(_Section):
    """`timeout`: for one statement of PostgreSQL, for another's lock (a part of it), and for connecting to it."""

    url: Annotated[str, AfterValidator(addresses.ledger_url)] = Field(default_factory=default_ledger)
    password_file: Path | None = None
    timeout: Seconds = 30
    retention: Retention = Retention()


class Schedule(_Section):
    """`tick`: how often is looked for settled slices; `catch_up_limit`: how far back is measured unasked.

    `grace`: how long after its end a window is closed; `settled`: as soon as all its slices are.
    """

    tick: Seconds = 10
    jitter: Annotated[int, BeforeValidator(_seconds), Field(ge=0)] = 0
    catch_up_limit: Seconds = 40 * 86_400
    grace: Annotated[Literal["settled"] | NotNegative, BeforeValidator(_grace)] = 86_400

    @property
    def grace_seconds(self) -> int | None:
        """None: as soon as all slices are settled."""
        return None if self.grace == "settled" else self.grace


class Alerting(_Section):
    """`direct` pushes to the Alertmanagers; rules in Prometheus may tell the same alerts as well."""

    alertmanagers: Annotated[tuple[Url, ...], _listed(",")] = ()
    labels: dict[str, str] = Field(default_factory=dict)
    external_url: str = ""
    runbooks_url: str = RUNBOOKS
    resend: Seconds = 60
    direct: bool = True


class Web(_Section):
    """There are no logins in this version: it listens beyond loopback only where `unauthenticated` allows it."""

    listen: Annotated[str, AfterValidator(addresses.listen_address)] = "127.0.0.1:9797"
    unauthenticated: bool = False
    max_series: Annotated[int, Field(ge=1)] = 500_000

    def refuse_openness(self) -> None:
        """For who listens; the other verbs may run beside such settings. Raises ConfigError."""
        if not self.unauthenticated and not addresses.is_loopback(self.listen):
            raise ConfigError(
                f"web.listen: {self.listen} is open to others, and this version knows no logins: listen on 127.0.0.1, "
                "or set web.unauthenticated: true where a network policy or a proxy guards it"
            )


class Cluster(_Section):
    """Several monitors on one ledger in PostgreSQL. `shards`: the parts in which they share the work."""

    enabled: bool = False
    shards: Annotated[int, Field(ge=1, le=1024)] = 16


class Log(_Section):
    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["json", "console"] = "json"
