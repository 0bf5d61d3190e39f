"""Every setting of Sapa in one frozen object, read once at the start of a process.

Values come from the environment (``SAPA_…``) or a ``.env`` file in the project's folder, a secret
also from a file named by ``SAPA_…_FILE``. Mistakes end the start in one SettingsError with all.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import tempfile
from email.utils import parseaddr
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import (
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

ROOT = Path(__file__).resolve().parent.parent
"""The project's folder: where ``bot/``, ``data/`` and ``.env`` are."""

PREFIX = "SAPA_"
SECRET_FIELDS = (
    "database_url",
    "redis_url",
    "twilio_auth_token",
    "api_token",
    "secret_key",
    "former_secret_key",
    "midtrans_server_key",
    "smtp_url",
    "internal_token",
    "metrics_token",
)
_ORIGIN = re.compile(r"https?://[A-Za-z0-9.-]+(?::[0-9]{1,5})?")


class SettingsError(ValueError):
    """The settings cannot be used; ``mistakes`` holds one sentence per setting."""

    def __init__(self, mistakes: list[str]) -> None:
        self.mistakes = mistakes
        lines = "\n".join(f"  - {mistake}" for mistake in mistakes)
        super().__init__(f"the settings have {len(mistakes)} mistake(s):\n{lines}")


class _UnreadableFile:
    """Stands for a secret whose file could not be read, so that it is listed with the rest."""

    def __init__(self, variable: str, reason: str) -> None:
        self.problem = f"{variable}: {reason}"


def _refuse_unreadable(value: object) -> object:
    if isinstance(value, _UnreadableFile):
        raise ValueError(value.problem)  # noqa: TRY004 - pydantic collects only ValueError
    return value


Secret = Annotated[SecretStr | None, BeforeValidator(_refuse_unreadable), Field(repr=False)]
SecretUrl = Annotated[str | None, BeforeValidator(_refuse_unreadable), Field(repr=False)]
Port = Annotated[int, Field(ge=1, le=65535)]
FreePort = Annotated[int, Field(ge=0, le=65535)]
"""A port on loopback between our own processes; 0 lets the supervisor pick a free one."""


class _SecretFiles(PydanticBaseSettingsSource):
    """Reads ``SAPA_X_FILE`` for every secret ``x``."""

    def get_field_value(
        self,
        field: FieldInfo,  # noqa: ARG002 - the signature is pydantic-settings'
        field_name: str,
    ) -> tuple[Any, str, bool]:
        variable = f"{PREFIX}{field_name.upper()}_FILE"
        path = os.environ.get(variable, "")
        if not path or field_name not in SECRET_FIELDS:
            return None, field_name, False
        try:
            return Path(path).read_text(encoding="utf-8").strip() or None, field_name, False
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "not a text file"
            return _UnreadableFile(variable, f"cannot read {path} ({reason})"), field_name, False

    def __call__(self) -> dict[str, Any]:
        found = {
            name: self.get_field_value(field, name)[0]
            for name, field in self.settings_cls.model_fields.items()
        }
        return {name: value for name, value in found.items() if value is not None}


class Settings(BaseSettings):
    """The settings. Times are named by their unit; URLs carry no trailing slash."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="ignore", env_ignore_empty=True
    )

    database_url: SecretUrl = None
    """PostgreSQL as ``postgresql+psycopg://…``; None: the embedded server of ``data_dir``."""
    redis_url: SecretUrl = None
    """Redis or Valkey as ``redis://…``; None: the embedded server of ``data_dir``."""
    data_dir: Path = ROOT / ".sapa"
    """Embedded databases, logs, uploads and generated secrets."""
    model_dir: Path | None = None
    """Trained models; None: ``models`` in ``data_dir``. Several data folders may share one."""

    host: str = "127.0.0.1"
    port: Port = 8000
    public_url: str = Field(default="", validate_default=True)
    """How the outside reaches us (webhook signatures, order links); default ``http://host:port``."""

    widget_origins: str = ""
    """Other sites that may show the chat, with commas between: ``https://www.shop.example``."""

    sender: Literal["loopback", "twilio"] = "loopback"
    twilio_account_sid: str | None = Field(default=None, validate_default=True)
    twilio_auth_token: Secret = Field(default=None, validate_default=True)
    twilio_sms_from: str | None = None
    twilio_whatsapp_from: str | None = Field(default=None, validate_default=True)
    twilio_api_url: str = "https://api.twilio.com"
    twilio_timeout_s: float = Field(default=10.0, gt=0, le=60)
    twilio_customer_burst: int = Field(default=40, ge=1, le=100_000)
    """Messages at once to one WhatsApp customer; after that one per 6 seconds (Meta: 45)."""
    twilio_whatsapp_per_s: int = Field(default=80, ge=1, le=1000)
    """Messages per second that the WhatsApp sender may send (Meta's first tier: 80)."""
    twilio_sms_per_s: int = Field(default=10, ge=1, le=1000)
    """The same for SMS: 1 for a long number in most countries, 10 and more for a sender name."""

    smtp_url: SecretUrl = None
    """Where e-mail leaves: ``smtp://user:password@host:587`` (STARTTLS if the server offers it) or
    ``smtps://host:465``; None: it stays on this machine, readable at ``/phone/mail``."""
    mail_from: str | None = Field(default=None, validate_default=True)
    """The sender of e-mail, such as ``Sapa Motor <toko@sapa.example>``."""

    burst_window_ms: int = Field(default=1500, ge=0, le=10_000)
    """How long to wait for more messages of a customer before answering them as one turn."""
    sender_per_min: int = Field(default=240, ge=1, le=1_000_000)
    """Messages of one sender in a minute that are answered as they come; when there are more, all
    are kept and answered together after it."""
    webhook_per_min: int = Field(default=30_000, ge=1, le=10_000_000)
    """Requests to the messaging webhooks per minute from one network address; over all twice as
    many. More get 429 and are not stored."""
    payment_deadline_hours: int = Field(default=72, ge=1, le=24 * 30)
    second_person_idr: int = Field(default=5_000_000, ge=1, le=10**12)
    """Rupiah from which a second person must agree to a manual acceptance or a refund."""
    timezone: str = "Asia/Pontianak"

    api_token: Secret = None
    """Bearer token of ``/api/v1``; None: the API answers 401 to everyone."""
    secret_key: Secret = None
    """Signs sessions and order links, seals what is kept for others; None: made once and kept in
    ``data_dir``."""
    former_secret_key: Secret = None
    """The secret key before that one, until `sapa webhooks seal` has sealed everything anew."""

    midtrans_server_key: Secret = None
    """Key of a Midtrans account; None: no payment gateway, the shop takes transfers and QRIS."""
    midtrans_api_url: str = "https://api.midtrans.com"
    """Answers about states; the sandbox is ``https://api.sandbox.midtrans.com``."""
    midtrans_page_url: str = "https://app.midtrans.com"
    """Opens pages to pay on; the sandbox is ``https://app.sandbox.midtrans.com``."""

    rasa_url: str | None = None
    """Rasa run elsewhere, several servers with commas between; None: the supervisor's own."""
    rasa_timeout_s: float = Field(default=15.0, gt=0, le=60)
    rasa_port: FreePort = 0
    actions_url: str | None = None
    """The action server run elsewhere; None: this machine's."""
    actions_port: FreePort = 0
    internal_token: Secret = None
    """What our processes show each other over a network; None: they stay on loopback."""
    proxy_hops: int = Field(default=0, ge=0, le=5)
    """Our own proxies before the web server: so many ``X-Forwarded-…`` entries are believed."""
    metrics_port: FreePort = 0
    """Where a worker shows its figures to Prometheus; 0: nowhere."""
    metrics_token: Secret = None
    """Bearer token of ``/metrics`` for callers on other machines; None: only this one's."""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @classmethod
    def load(cls, env_file: Path | None = ROOT / ".env", **given: Any) -> Settings:
        """Read the environment and ``env_file``; make the secret key if there is none.

        What is ``given`` by name wins over both. Raises SettingsError with every mistake at once.
        """
        try:
            settings = cls(_env_file=env_file, **given)
        except ValidationError as error:
            raise SettingsError(_sentences(error)) from None
        if settings.secret_key is not None:
            return settings
        try:
            key = kept_secret(settings.data_dir / "secret_key")
        except OSError as error:
            reason = f"{PREFIX}DATA_DIR: cannot keep a secret key there ({error.strerror})"
            raise SettingsError([reason]) from None
        return settings.model_copy(update={"secret_key": SecretStr(key)})

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - theirs is one folder
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What is written in the program wins, then the environment, secret files, ``.env``."""
        return init_settings, env_settings, _SecretFiles(settings_cls), dotenv_settings

    @field_validator("database_url")
    @classmethod
    def _postgres_only(cls, value: str | None) -> str | None:
        if value is None:
            return None
        scheme, separator, rest = value.partition("://")
        known = ("postgres", "postgresql", "postgresql+psycopg")
        if not separator or not rest or scheme not in known:
            raise ValueError("must be a PostgreSQL address: postgresql+psycopg://user@host/name")
        return f"postgresql+psycopg://{rest}"

    @field_validator("redis_url")
    @classmethod
    def _redis_only(cls, value: str | None) -> str | None:
        if value is not None and not re.match(r"(redis|rediss)://[^/]+", value):
            raise ValueError("must be a Redis address: redis://host:port/0")
        return value

    @field_validator("smtp_url")
    @classmethod
    def _mail_server_only(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        if parts.scheme not in {"smtp", "smtps"} or not parts.hostname or parts.path.strip("/"):
            raise ValueError("must be a mail server such as smtp://user:password@host:587")
        return value

    @field_validator("mail_from")
    @classmethod
    def _mail_needs_a_sender(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is None:
            if info.data.get("smtp_url") is not None:
                raise ValueError("is needed when SAPA_SMTP_URL is set")
            return None
        _, address = parseaddr(value)
        if "@" not in address.strip("@") or len(value.splitlines()) != 1:
            raise ValueError("must be an address such as Sapa Motor <toko@sapa.example>")
        return value

    @field_validator("rasa_url")
    @classmethod
    def _web_addresses(cls, value: str | None, info: ValidationInfo) -> str | None:
        named = [one.strip() for one in (value or "").split(",") if one.strip()]
        return ",".join(cls._web_address(one, info) or "" for one in named) or None

    @field_validator(
        "public_url", "twilio_api_url", "midtrans_api_url", "midtrans_page_url", "actions_url"
    )
    @classmethod
    def _web_address(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value == "" and info.field_name == "public_url":
            host = info.data.get("host", "127.0.0.1")
            shown = "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104
            return f"http://{shown}:{info.data.get('port', 8000)}"
        if value is None:
            return None
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query:
            raise ValueError("must be an http(s) address such as https://shop.example")
        return value.rstrip("/")

    @field_validator("widget_origins")
    @classmethod
    def _origins_only(cls, value: str) -> str:
        named = [one.strip().rstrip("/") for one in value.split(",") if one.strip()]
        for one in named:
            if not _ORIGIN.fullmatch(one):
                raise ValueError("must name sites such as https://www.shop.example, without paths")
        return ",".join(named).lower()

    @field_validator("data_dir", "model_dir")
    @classmethod
    def _absolute(cls, value: Path | None) -> Path | None:
        return None if value is None else value.expanduser().absolute()

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, OSError, ValueError):
            raise ValueError("is not a time zone such as Asia/Pontianak") from None
        return value

    @field_validator("twilio_account_sid", "twilio_auth_token")
    @classmethod
    def _needed_by_twilio(cls, value: object, info: ValidationInfo) -> object:
        if value is None and info.data.get("sender") == "twilio":
            raise ValueError("is needed when SAPA_SENDER is twilio")
        return value

    @field_validator("twilio_whatsapp_from")
    @classmethod
    def _twilio_needs_a_number(cls, value: str | None, info: ValidationInfo) -> str | None:
        numberless = value is None and info.data.get("twilio_sms_from") is None
        if numberless and info.data.get("sender") == "twilio":
            raise ValueError("or SAPA_TWILIO_SMS_FROM is needed when SAPA_SENDER is twilio")
        return value

    @property
    def widget_sites(self) -> tuple[str, ...]:
        """The origins of the other sites that may show the chat."""
        return tuple(one for one in self.widget_origins.split(",") if one)

    @property
    def rasa_servers(self) -> tuple[str, ...]:
        """The address of every Rasa server."""
        return tuple((self.rasa_url or f"http://127.0.0.1:{self.rasa_port or 5005}").split(","))

    @property
    def action_server(self) -> str:
        """The address of the action server."""
        return self.actions_url or f"http://127.0.0.1:{self.actions_port}"

    @property
    def models(self) -> Path:
        """The folder of trained models."""
        return self.model_dir or self.data_dir / "models"

    def secret_keys(self) -> tuple[str, ...]:
        """The secret key, and the former one if there is one; empty without any."""
        known = (self.secret_key, self.former_secret_key)
        return tuple(one.get_secret_value() for one in known if one is not None)

    def environment(self) -> dict[str, str]:
        """The settings as environment variables, for a child process."""
        values = {name: getattr(self, name) for name in type(self).model_fields}
        return {
            f"{PREFIX}{name.upper()}": (
                value.get_secret_value() if isinstance(value, SecretStr) else str(value)
            )
            for name, value in values.items()
            if value is not None
        }


def _sentences(error: ValidationError) -> list[str]:
    """One sentence per mistake, naming the variable and never showing its value."""
    sentences = []
    for problem in error.errors(include_input=False):
        name = PREFIX + str(problem["loc"][0]).upper()
        message = problem["msg"].removeprefix("Value error, ")
        sentences.append(message if message.startswith(name) else f"{name}: {message}")
    return sentences


def kept_secret(path: Path) -> str:
    """The secret in ``path``, made there (mode 600) by whichever process comes first."""
    with contextlib.suppress(FileNotFoundError):
        return path.read_text(encoding="ascii").strip()
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=path.parent)  # mkstemp makes it readable by us only
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(48))
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)  # unlike rename, never replaces a key made meanwhile
    finally:
        Path(draft).unlink()
    return path.read_text(encoding="ascii").strip()
