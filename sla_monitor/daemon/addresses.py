"""URLs and listen addresses in settings."""

from __future__ import annotations

import ipaddress
from urllib.parse import parse_qs, urlsplit, urlunsplit

MAX_PORT = 65_535
SECRET = {"password", "sslpassword"}


def http_url(value: str) -> str:
    """The value itself may hold a password: it is not told again."""
    try:
        parts = urlsplit(value)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        sound = False
    if not sound:
        raise ValueError("not an http(s) URL such as http://127.0.0.1:9090")
    return value


def ledger_url(value: str) -> str:
    """Passwords in the query would be shown with it."""
    if secret := SECRET & parse_qs(urlsplit(value).query).keys():
        raise ValueError(f"give {min(secret)} as postgresql://USER:PASSWORD@HOST, or by ledger.password_file")
    return value


def without_userinfo(url: str) -> str:
    parts = urlsplit(url)
    _, at, host = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=host)) if at else url


def without_login(url: str) -> str:
    """Of a database, whose passwords may hold slashes: nothing of what stands before the last @."""
    kind, mark, rest = url.partition("://")
    return url if kind == "sqlite" else f"{kind}{mark}{rest.rpartition('@')[2]}"


def listen_address(value: str) -> str:
    host_and_port(value)
    return value


def host_and_port(value: str) -> tuple[str, int]:
    """`127.0.0.1:9797`, `[::1]:9797`, or `:9797` for all addresses (an empty host)."""
    host, colon, port = value.rpartition(":")
    if not colon or not port.isdigit() or int(port) > MAX_PORT:
        raise ValueError(f"not HOST:PORT: {value!r}")
    return host.removeprefix("[").removesuffix("]"), int(port)


def is_loopback(value: str) -> bool:
    host, _ = host_and_port(value)
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
