"""The typed environment, one class per concern. A setting that is wrong is named in one sentence."""

import re
from ipaddress import ip_address
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.errors import N_, CareError
from storage.database import is_postgres

# What is empty is not set, and a copied token may have brought a line's end with it.
_FROM_ENV = SettingsConfigDict(extra="ignore", env_ignore_empty=True, str_strip_whitespace=True)
_SERVER = re.compile(r"postgres(ql)?(\+(psycopg|asyncpg))?://[^/?#]*/[^/?#]+(\?.*)?")
_CHANNEL = re.compile(r"[CG][A-Z0-9]+")
_CONVERSATION = re.compile(r"19:[^;\s]+@thread\.(tacv2|skype|v2)")
_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


OPENID_URL = "https://login.botframework.com/v1/.well-known/openidconfiguration"
LOGIN_URL = "https://login.microsoftonline.com/"


class BadSetting(CareError):
    sentence = N_("{name} {problem}.")


class SlackSettings(BaseSettings):
    """Slack's side: a token, and either a signing secret (HTTP) or an app token (Socket Mode)."""

    model_config = _FROM_ENV
    bot_token: str = Field(default="", validation_alias="SLACK_BOT_TOKEN")
    signing_secret: str = Field(default="", validation_alias="SLACK_SIGNING_SECRET")
    app_token: str = Field(default="", validation_alias="SLACK_APP_TOKEN")
    api_url: str = Field(default="https://slack.com/api/", validation_alias="SLACK_API_URL")

    @field_validator("bot_token")
    @classmethod
    def _bot_token(cls, value: str) -> str:
        return _starts(value, "xoxb-", "is the “Bot User OAuth Token” of your app and starts with xoxb-")

    @field_validator("app_token")
    @classmethod
    def _app_token(cls, value: str) -> str:
        return _starts(value, "xapp-", "is an app-level token and starts with xapp-")

    @field_validator("api_url")
    @classmethod
    def _api_url(cls, value: str) -> str:
        return _address(value, "https://slack.com/api/")


class TeamsSettings(BaseSettings):
    """Microsoft Teams' side: the bot's registration in Entra, of a single tenant."""

    model_config = _FROM_ENV
    app_id: str = Field(default="", validation_alias="TEAMS_APP_ID")
    app_password: str = Field(default="", validation_alias="TEAMS_APP_PASSWORD")
    tenant_id: str = Field(default="", validation_alias="TEAMS_TENANT_ID")
    openid_url: str = Field(default=OPENID_URL, validation_alias="TEAMS_OPENID_URL")
    login_url: str = Field(default=LOGIN_URL, validation_alias="TEAMS_LOGIN_URL")
    allow_anonymous: bool = Field(default=False, validation_alias="TEAMS_ALLOW_ANONYMOUS")
    care_channel: str = Field(default="", validation_alias="TEAMS_CARE_CHANNEL")
    intro_channel: str = Field(default="", validation_alias="TEAMS_INTRO_CHANNEL")

    @property
    def configured(self) -> bool:
        """Whether there is a Teams to talk to."""
        return bool(self.app_id) or self.allow_anonymous

    @field_validator("app_id", "tenant_id")
    @classmethod
    def _guid(cls, value: str) -> str:
        if value and not _GUID.fullmatch(value):
            raise ValueError("must be an id like 00000000-0000-0000-0000-000000000000 (of the app's registration)")
        return value.lower()

    @field_validator("openid_url")
    @classmethod
    def _openid_url(cls, value: str) -> str:
        return _address(value, OPENID_URL).rstrip("/")

    @field_validator("login_url")
    @classmethod
    def _login_url(cls, value: str) -> str:
        return _address(value, LOGIN_URL)

    @field_validator("allow_anonymous", mode="before")
    @classmethod
    def _yes_or_no(cls, value: object) -> bool:
        if str(value) not in ("0", "1", "False", "True"):
            raise ValueError("must be 1, or not be set")
        return str(value) in ("1", "True")

    @field_validator("care_channel", "intro_channel")
    @classmethod
    def _channel(cls, value: str) -> str:
        if value and not _CONVERSATION.fullmatch(value):
            raise ValueError("must be a channel's id like 19:…@thread.tacv2 (in Teams: in the link to the channel)")
        return value

    def check(self, host: str) -> None:
        """Whether what is set is enough, and safe. Raises BadSetting."""
        if not self.configured:
            raise BadSetting(name="TEAMS_APP_ID", problem="is not set; see “Run it on your Teams” in README.md")
        if not self.tenant_id:
            raise BadSetting(name="TEAMS_TENANT_ID", problem="is not set; see “Run it on your Teams” in README.md")
        if self.app_id and not self.app_password:
            raise BadSetting(name="TEAMS_APP_PASSWORD", problem="is not set; it is a client secret of your app")
        if not self.app_id and not _loopback(host):
            raise BadSetting(
                name="TEAMS_ALLOW_ANONYMOUS",
                problem="lets anybody in who can reach me, so it works on HOST 127.0.0.1 only; set TEAMS_APP_ID",
            )


class StoreSettings(BaseSettings):
    """Where things are kept."""

    model_config = _FROM_ENV
    database_url: str = Field(default="sqlite+aiosqlite:///./data/care.db", validation_alias="DATABASE_URL")

    @field_validator("database_url")
    @classmethod
    def _database_url(cls, value: str) -> str:
        if is_postgres(value):
            if not _SERVER.fullmatch(value):
                raise ValueError("must name a host and a database, as in postgresql://care:secret@db.example.com/care")
            return value
        prefix = "sqlite+aiosqlite:///"
        problem = "must start with sqlite+aiosqlite:/// and name a file, or with postgresql:// and name a server"
        if value.removeprefix(prefix).partition("?")[0] in ("", ":memory:"):
            raise ValueError(problem)
        return _starts(value, prefix, problem)


def _port(value: object) -> object:
    """Said in one sentence, whatever it is instead of a port."""
    if not re.fullmatch(r"[0-9]{1,5}", str(value).strip()) or int(str(value)) > 65535:
        raise ValueError("must be a whole number from 0 to 65535")
    return value


Port = Annotated[int, BeforeValidator(_port)]


class ServerSettings(BaseSettings):
    """Where the bot listens."""

    model_config = _FROM_ENV
    host: str = Field(default="127.0.0.1", validation_alias="HOST")
    port: Port = Field(default=3000, validation_alias="PORT")
    metrics_port: Port | None = Field(default=None, validation_alias="METRICS_PORT")
    log_format: str = Field(default="text", validation_alias="LOG_FORMAT")

    @field_validator("log_format")
    @classmethod
    def _log_format(cls, value: str) -> str:
        if value not in ("text", "json"):
            raise ValueError("must be text or json")
        return value


class CareSettings(BaseSettings):
    """Which channels the bot looks after. Ids, as in C0123456789."""

    model_config = _FROM_ENV
    care_channel: str = Field(default="", validation_alias="CARE_CHANNEL")
    intro_channel: str = Field(default="", validation_alias="INTRO_CHANNEL")

    @field_validator("care_channel", "intro_channel")
    @classmethod
    def _channel(cls, value: str) -> str:
        if value and not _CHANNEL.fullmatch(value):
            raise ValueError("must be a channel's id like C0123456789 (in Slack: channel details, at the bottom)")
        return value


def names() -> list[str]:
    """The environment variables that are read."""
    concerns: tuple[type[BaseSettings], ...] = (
        SlackSettings,
        TeamsSettings,
        StoreSettings,
        ServerSettings,
        CareSettings,
    )
    return [str(field.validation_alias) for one in concerns for field in one.model_fields.values()]


class Settings:
    """All of them, read from the environment. Raises BadSetting, which names the first one that is wrong."""

    def __init__(self) -> None:
        try:
            self.slack = SlackSettings()
            self.teams = TeamsSettings()
            self.store = StoreSettings()
            self.server = ServerSettings()
            self.care = CareSettings()
        except ValidationError as error:
            first = error.errors()[0]
            problem = str(first.get("ctx", {}).get("error") or first["msg"]).rstrip(".")
            raise BadSetting(name=str(first["loc"][0]), problem=problem[0].lower() + problem[1:]) from None

    def check_chat(self) -> None:
        """Whether there is a chat to talk to, Slack, Teams or both. Raises BadSetting."""
        if self.teams.configured or self.teams.app_password or self.teams.tenant_id:
            self.teams.check(self.server.host)
            if not self.slack.bot_token:
                return
        if not self.slack.bot_token:
            raise BadSetting(name="SLACK_BOT_TOKEN", problem="is not set; see “Run it on your Slack” in README.md")
        if not self.slack.signing_secret and not self.slack.app_token:
            raise BadSetting(
                name="SLACK_SIGNING_SECRET",
                problem="is not set; set it to receive over HTTP, or set SLACK_APP_TOKEN for Socket Mode",
            )


def _address(value: str, example: str) -> str:
    address = urlsplit(value)
    if address.scheme not in ("http", "https") or not address.hostname or address.query or address.fragment:
        raise ValueError(f"must be an http(s) address, as in {example}")
    return value if value.endswith("/") else value + "/"


def _loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _starts(value: str, prefix: str, otherwise: str) -> str:
    if value and not value.startswith(prefix):
        raise ValueError(otherwise)
    return value
