"""How a source is told who asks. Nothing of it is ever shown."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Generator
from pathlib import Path

import httpx

from sla_monitor.daemon.sections import BasicAuth, Source
from sla_monitor.errors import ConfigError, SourceRefusedError


def of(source: Source) -> httpx.Auth | None:
    """None where the URL says all there is to say. Raises ConfigError where a file cannot be read."""
    header = _header(source)
    if header is None:
        return None
    try:
        header()
    except SourceRefusedError as error:
        raise ConfigError(f"source {source.name!r}: {error}") from None
    return _Authorization(header)


class _Authorization(httpx.Auth):
    """Asked anew for each request: tokens in files are replaced while we run."""

    def __init__(self, header: Callable[[], str]) -> None:
        self._header = header

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["Authorization"] = self._header()
        yield request


def _header(source: Source) -> Callable[[], str] | None:
    token, basic = source.bearer_token_file, source.basic_auth
    if token is not None:
        return lambda: f"Bearer {_secret(token)}"
    if basic is not None:
        return lambda: "Basic " + b64encode(f"{basic.username}:{_password(basic)}".encode()).decode("ascii")
    return None


def _password(basic: BasicAuth) -> str:
    if basic.password is not None:
        return basic.password.get_secret_value()
    return _secret(basic.password_file) if basic.password_file is not None else ""


def _secret(file: Path) -> str:
    """Errors are not chained: those of decoding and of HTTP carry the whole text with them."""
    try:
        text = file.read_bytes().strip()
    except OSError as error:
        raise SourceRefusedError(f"{file}: cannot be read: {error.strerror}") from None
    if not text.isascii() or not text.decode("ascii").isprintable():
        raise SourceRefusedError(f"{file}: is not one line of ASCII text, and cannot be sent as a password or token")
    return text.decode("ascii")
