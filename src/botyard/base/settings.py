"""Settings: one frozen struct, from defaults, `BOTYARD_*` environment variables and the command line, in that order."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from botyard.base.exceptions import Invalid, closest

PREFIX = "BOTYARD_"

#: Variables with our prefix that are not settings of the server.
OTHER_VARIABLES = frozenset(
    {
        "BOTYARD_TEST_DATABASE",
        "BOTYARD_SERVER",
        "BOTYARD_TOKEN",
        "BOTYARD_LOG",
        "BOTYARD_RUNNER_CACHE",
        "BOTYARD_RUNNER_PASS",
        "BOTYARD_RUNNER_PYTHON_DOWNLOADS",
    }
)


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """How one server runs; the documentation of each field is in docs/configuration.md."""

    host: str = "127.0.0.1"
    port: int = 8080
    elma_port: int | None = None
    data: Path = Path("botyard-data")
    database: str | None = None
    blobs: str | None = None
    key_file: Path | None = None
    pepper_file: Path | None = None
    admin_password: str | None = None
    runner: bool = True
    runner_slots: int = 2
    lease_seconds: int = 30
    lease_grace_seconds: int = 5
    rotate_tokens_minutes: int | None = None
    max_body_bytes: int = 2 * 1024 * 1024
    max_upload_bytes: int = 100 * 1024 * 1024
    max_package_bytes: int = 256 * 1024 * 1024
    max_input_bytes: int = 100 * 1024 * 1024
    input_seconds: int = 300
    input_tries: int = 3
    callback_hours: int = 24
    allow_private_targets: bool = False
    log_lines_per_attempt: int = 200_000
    log_bytes_per_attempt: int = 64 * 1024 * 1024
    keep_tasks_days: int = 90
    keep_logs_days: int = 30
    keep_log_rows_days: int = 365
    keep_row_history_days: int = 365
    keep_messages_days: int = 30
    keep_calls_days: int = 14
    integration_seconds: int = 60
    integration_max_bytes: int = 10 * 1024 * 1024
    secure_cookies: bool = False
    smtp_host: str | None = None
    smtp_port: int | None = None
    smtp_tls: Literal["starttls", "implicit", "none"] = "starttls"
    smtp_login: str | None = None
    smtp_password: str | None = None
    smtp_from: str | None = None
    cache_url: str | None = None
    cache_get_shape: Literal["envelope", "value"] = "envelope"
    max_cache_bytes: int = 1024 * 1024 * 1024
    graphql_depth: Annotated[int, msgspec.Meta(ge=1, le=50)] = 12
    graphql_rows: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] = 10_000
    graphql_seconds: Annotated[int, msgspec.Meta(ge=1, le=25)] = 5
    graphql_introspection: bool = True
    otlp_url: str | None = None
    otlp_headers: str | None = None

    @classmethod
    def load(cls, environ: Mapping[str, str] | None = None, **overrides: Any) -> Settings:
        """Return settings from the environment, with non-None `overrides` on top. Raises Invalid naming the culprit."""
        environ = os.environ if environ is None else environ
        values = {name: environ[f"{PREFIX}{name.upper()}"] for name in _names() if f"{PREFIX}{name.upper()}" in environ}
        values |= {name: value for name, value in overrides.items() if value is not None}
        try:
            loaded = msgspec.convert(values, cls, strict=False, dec_hook=_decode)
        except msgspec.ValidationError as error:
            raise Invalid(f"A setting is wrong: {error}.", hint="See docs/configuration.md.") from None
        loaded.check()
        return loaded

    def check(self) -> None:
        """Raise Invalid for values that are of the right type but cannot work."""
        if not 0 <= self.port <= 65535:
            raise Invalid(f"Port {self.port} is not between 0 and 65535.", field="port")
        self._check_elma_port()
        for name in _names():
            value = getattr(self, name)
            if isinstance(value, int) and not isinstance(value, bool) and name != "port" and value < 1:
                raise Invalid(f"{PREFIX}{name.upper()} must be at least 1, not {value}.", field=name)
        self._check_mail()

    def _check_elma_port(self) -> None:
        if self.elma_port is None:
            return
        if not 1 <= self.elma_port <= 65535:
            raise Invalid(f"The ELMA port {self.elma_port} is not between 1 and 65535.", field="elma_port")
        if self.elma_port == self.port:
            raise Invalid(
                f"Port {self.port} cannot be the ELMA port as well.",
                hint="Leave --elma-port out: the main port answers ELMA's callers, too.",
                field="elma_port",
            )

    def _check_mail(self) -> None:
        if self.smtp_host and not self.smtp_from:
            raise Invalid(
                "BOTYARD_SMTP_FROM is missing.", hint="Set it to the address that mail comes from.", field="smtp_from"
            )
        local = self.smtp_host in ("127.0.0.1", "::1", "localhost")
        if self.smtp_host and self.smtp_login and self.smtp_tls == "none" and not local:
            raise Invalid(
                "The mail server's password would go over the network in the clear.",
                hint="Set BOTYARD_SMTP_TLS to starttls or implicit.",
                field="smtp_tls",
            )


def unknown_variables(environ: Mapping[str, str]) -> list[str]:
    """Return a sentence for each `BOTYARD_*` variable that is no setting, with the closest name where one is near."""
    known = [f"{PREFIX}{name.upper()}" for name in _names()]
    strange = [
        name for name in environ if name.startswith(PREFIX) and name not in known and name not in OTHER_VARIABLES
    ]
    return [f"{name} is not a setting and was ignored. {closest(name, known)}".rstrip() for name in sorted(strange)]


def _names() -> tuple[str, ...]:
    return Settings.__struct_fields__


def _decode(kind: type, value: Any) -> Any:
    if kind is Path:
        return Path(value).expanduser()
    raise NotImplementedError(kind)
