"""Settings: a file, overridden by the environment, overridden by flags. The only reader of the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from sla_monitor.daemon import addresses, environment
from sla_monitor.daemon.environment import PREFIX, Variable
from sla_monitor.daemon.sections import Agreements, Alerting, Cluster, Ledger, Log, Schedule, Source, Web
from sla_monitor.errors import ConfigError

__all__ = ["PREFIX", "Settings", "load", "masked"]

DAY = 86_400
NO_SUCH = "no such setting; config/sla-monitor.yaml shows them all"
LATER = {
    "reports": "reports are not sent by this version",
    "web.web_config": "TLS and logins are not in this version: keep web.listen on loopback, or put a proxy before it",
}
FLAGS = {
    "agreements.paths": "FILE",
    "sources.0.url": "--prometheus",
    "sources.0.resolution": "--resolution",
    "ledger.url": "--ledger",
    "web.listen": "--listen",
    "web": "--listen",
}


class Settings(BaseSettings):
    """Every section with its defaults; `config/sla-monitor.yaml` shows them."""

    model_config = SettingsConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, env_prefix=PREFIX)

    agreements: Agreements = Agreements()
    sources: tuple[Source, ...] = ()
    ledger: Ledger = Field(default_factory=Ledger)
    schedule: Schedule = Schedule()
    alerting: Alerting = Alerting()
    web: Web = Web()
    cluster: Cluster = Cluster()
    log: Log = Log()

    def settled(self) -> Settings:
        """Equal to any other with the same values, wherever those came from."""
        return Settings.model_construct(None, **{name: getattr(self, name) for name in Settings.model_fields})

    @model_validator(mode="after")
    def _nothing_is_measured_twice(self) -> Settings:
        kept, back = self.ledger.retention.slices_seconds, self.schedule.catch_up_limit
        if kept is not None and kept < back + DAY:
            days = -(-(back + DAY) // DAY)
            told = "is shorter than what is measured unasked (schedule.catch_up_limit)"
            raise ValueError(f"ledger.retention: {told}: {days}d at least")
        return self

    @model_validator(mode="after")
    def _names_differ(self) -> Settings:
        names = [source.name for source in self.sources]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"sources: several are called {twice[0]!r}: give each a name of its own")
        return self


def load(file: Path | None = None, flags: Mapping[str, Any] | None = None) -> Settings:
    """Flags over environment over file. Raises ConfigError with every fault, values left out: they may be secret."""
    found = environment.variables(os.environ, tuple(Settings.model_fields))
    content = environment.overlaid(_content(file) if file else {}, found)

    try:
        return _layered(content)(**dict(flags or {})).settled()
    except ValidationError as error:
        faults = error.errors(include_input=False, include_url=False)
        raise ConfigError("\n".join(_told(fault, file, found, flags or {}) for fault in faults)) from None


def _layered(content: Mapping[str, Any]) -> type[Settings]:
    """The library lays flags over the content; its reading of the environment knows no places in lists."""

    class Layered(Settings):
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],  # noqa: ARG003 - the library's signature, here and below
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
            dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
            file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        ) -> tuple[Any, ...]:
            return init_settings, lambda: dict(content)

    return Layered


def masked(settings: Settings) -> dict[str, Any]:
    """All settings as plain values, secrets hidden: fit to be shown."""
    shown = settings.model_dump(mode="json")
    for source in shown["sources"]:
        source["url"] = addresses.without_userinfo(source["url"])
    shown["alerting"]["alertmanagers"] = [addresses.without_userinfo(url) for url in shown["alerting"]["alertmanagers"]]
    shown["ledger"]["url"] = addresses.without_login(shown["ledger"]["url"])
    return shown


def _content(file: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror}; name another with --config") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{file}: is not UTF-8 text") from None
    except yaml.YAMLError as error:
        raise ConfigError(
            f"{_place(file, error)}: is not YAML: {getattr(error, 'problem', 'cannot be read')}"
        ) from None
    if content is not None and not isinstance(content, dict):
        raise ConfigError(f"{file}: holds no settings; config/sla-monitor.yaml shows them all")
    return {key: value for key, value in (content or {}).items() if value is not None}


def _place(file: Path, error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    return f"{file}:{mark.line + 1}:{mark.column + 1}" if mark else str(file)


def _told(error: Any, file: Path | None, found: Sequence[Variable], flags: Mapping[str, Any]) -> str:
    loc = tuple(error["loc"])
    place = ".".join(str(part) for part in loc)
    setting = ".".join(part for part in loc if isinstance(part, str))
    text = LATER.get(setting, NO_SUCH if error["type"] == "extra_forbidden" else error["msg"])
    origin = _flag(loc, flags) or _variable(loc, found)
    where = origin or ": ".join(part for part in (str(file or "settings"), place) if part)
    return f"{where}: {_plain(text)}"


def _plain(text: str) -> str:
    """As a sentence about the setting."""
    return (
        text.removeprefix("Value error, ").replace("Input should be", "must be").replace("Field required", "is missing")
    )


def _flag(loc: tuple[str | int, ...], flags: Mapping[str, Any]) -> str | None:
    inside: Any = flags
    for part in loc:
        try:
            inside = inside[part]
        except (KeyError, IndexError, TypeError):
            return None
    return FLAGS.get(".".join(str(part) for part in loc)) if loc else None


def _variable(loc: tuple[str | int, ...], found: Sequence[Variable]) -> str | None:
    """The variable that the value came from, or that is a part of it."""
    if not loc:
        return None
    for variable in found:
        length = min(len(variable.path), len(loc))
        if variable.path[:length] == loc[:length]:
            inner = ".".join(str(part) for part in loc[length:])
            return f"{variable.name}: {inner}" if inner else variable.name
    return None
