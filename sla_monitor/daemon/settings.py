"""Settings: a file, overridden by the environment, overridden by flags. The only reader of the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from sla_monitor.compliance.ratios import parse_duration
from sla_monitor.daemon import addresses
from sla_monitor.errors import ConfigError

PREFIX = "SLA_MONITOR_"
LATER = {
    "reports": "reports are not sent by this version",
    "cluster": "several monitors on one ledger are not in this version",
    "web.web_config": "TLS and logins are not in this version: keep web.listen on loopback, or put a proxy before it",
    "ledger.retention": "this version keeps all slices",
}
RUNBOOKS = "docs/runbooks.md"


def _seconds(value: Any) -> Any:
    """`15s`, `5m`, or a plain number of seconds."""
    if isinstance(value, str) and not value.replace(".", "", 1).isdigit():
        seconds = parse_duration(value)
        return int(seconds) if seconds.denominator == 1 else float(seconds)
    return value


Seconds = Annotated[int, BeforeValidator(_seconds), Field(ge=1)]
Url = Annotated[str, AfterValidator(addresses.http_url)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Agreements(_Section):
    """Files and folders of agreements; with `watch` a changed file is read at once."""

    paths: tuple[Path, ...] = ()
    watch: bool = True


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
    """One Prometheus. `resolution` and `settle` empty: found out by asking."""

    name: str = "default"
    url: Url
    headers: dict[str, SecretStr] = Field(default_factory=dict)
    basic_auth: BasicAuth | None = None
    bearer_token_file: Path | None = None
    tls: Tls = Tls()
    resolution: Seconds | None = None
    settle: Seconds | None = None
    concurrency: Annotated[int, Field(ge=1, le=64)] = 4
    timeout: Seconds = 30
    flavour: Literal["auto", "prometheus"] = "auto"


def default_ledger() -> str:
    state = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return f"sqlite:///{state}/sla-monitor/ledger.db"


class Ledger(_Section):
    url: str = Field(default_factory=default_ledger)


class Schedule(_Section):
    """`tick`: how often is looked for settled slices; `catch_up_limit`: how far back is measured unasked."""

    tick: Seconds = 10
    jitter: Annotated[int, BeforeValidator(_seconds), Field(ge=0)] = 0
    catch_up_limit: Seconds = 40 * 86_400


class Alerting(_Section):
    """`direct` pushes to the Alertmanagers; rules in Prometheus may tell the same alerts as well."""

    alertmanagers: tuple[Url, ...] = ()
    labels: dict[str, str] = Field(default_factory=dict)
    external_url: str = ""
    runbooks_url: str = RUNBOOKS
    resend: Seconds = 60
    direct: bool = True


class Web(_Section):
    """There are no logins in this version: it listens beyond loopback only where `unauthenticated` allows it."""

    listen: Annotated[str, AfterValidator(addresses.listen_address)] = "127.0.0.1:9797"
    unauthenticated: bool = False

    def refuse_openness(self) -> None:
        """For who listens; the other verbs may run beside such settings. Raises ConfigError."""
        if not self.unauthenticated and not addresses.is_loopback(self.listen):
            raise ConfigError(
                f"web.listen: {self.listen} is open to others, and this version knows no logins: listen on 127.0.0.1, "
                "or set web.unauthenticated: true where a network policy or a proxy guards it"
            )


class Log(_Section):
    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["json", "console"] = "json"


class Settings(BaseSettings):
    """Every section with its defaults; `config/sla-monitor.yaml` shows them."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True, hide_input_in_errors=True
    )

    agreements: Agreements = Agreements()
    sources: tuple[Source, ...] = ()
    ledger: Ledger = Field(default_factory=Ledger)
    schedule: Schedule = Schedule()
    alerting: Alerting = Alerting()
    web: Web = Web()
    log: Log = Log()

    @model_validator(mode="after")
    def _names_differ(self) -> Settings:
        names = [source.name for source in self.sources]
        if len(set(names)) < len(names):
            raise ValueError("two sources have the same name")
        return self


def load(file: Path | None = None, flags: Mapping[str, Any] | None = None) -> Settings:
    """Flags over environment over file. Raises ConfigError with every fault, values left out: they may be secret."""
    content = _content(file) if file else {}

    class Layered(Settings):
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],  # noqa: ARG003
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the library's signature
            file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        ) -> tuple[Any, ...]:
            return init_settings, env_settings, lambda: content

    try:
        return Layered(**dict(flags or {}))
    except ValidationError as error:
        raise ConfigError(
            "\n".join(_told(e, file) for e in error.errors(include_input=False, include_url=False))
        ) from None
    except ValueError as error:  # an environment variable that is no JSON where a list is wanted
        raise ConfigError(f"settings: {error}") from None


def masked(settings: Settings) -> dict[str, Any]:
    """All settings as plain values, secrets hidden: fit to be shown."""
    shown = settings.model_dump(mode="json")
    for source in shown["sources"]:
        source["url"] = addresses.without_userinfo(source["url"])
    shown["alerting"]["alertmanagers"] = [addresses.without_userinfo(url) for url in shown["alerting"]["alertmanagers"]]
    return shown


def _content(file: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror}; name another with --config") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{file}:{mark.line + 1}:{mark.column + 1}" if mark else str(file)
        raise ConfigError(f"{place}: not YAML: {getattr(error, 'problem', error)}") from error
    if content is not None and not isinstance(content, dict):
        raise ConfigError(f"{file}: holds no settings; see config/sla-monitor.yaml")
    return content or {}


def _told(error: Any, file: Path | None) -> str:
    place = ".".join(str(part) for part in error["loc"])
    if place in LATER:
        text = LATER[place]
    elif error["type"] == "extra_forbidden":
        text = "no such setting; config/sla-monitor.yaml shows them all"
    else:
        text = error["msg"].removeprefix("Value error, ")
    return f"{file or 'settings'}: {place + ': ' if place else ''}{text}"
