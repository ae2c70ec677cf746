"""What can be set: each has its default, its row in the README, and one sentence when it is wrong."""

from pathlib import Path

import pytest

from bot.cli import MISUSED, main
from bot.settings import BadSetting, Settings, names

README = Path(__file__).parent.parent / "README.md"


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in names():
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


PORT = "must be a whole number from 0 to 65535."
CHANNEL = "must be a channel's id like C0123456789 (in Slack: channel details, at the bottom)."
ADDRESS = "must be an http(s) address, as in https://slack.com/api/."
DATABASE = "must start with sqlite+aiosqlite:/// and name a file, or with postgresql:// and name a server."
GUID = "must be an id like 00000000-0000-0000-0000-000000000000 (of the app's registration)."
TENANT = "7b1d6b60-6a0c-4c3e-9d5a-0f1e2d3c4b5a"
BAD = [
    ("SLACK_BOT_TOKEN", "xoxp-1", "is the “Bot User OAuth Token” of your app and starts with xoxb-."),
    ("SLACK_APP_TOKEN", "xoxb-1", "is an app-level token and starts with xapp-."),
    ("SLACK_API_URL", "slack.com/api", ADDRESS),
    ("SLACK_API_URL", "httpslack", ADDRESS),
    ("SLACK_API_URL", "https://", ADDRESS),
    ("SLACK_API_URL", "https://slack.com/api?x=1", ADDRESS),
    ("DATABASE_URL", "mysql://db/care", DATABASE),
    ("DATABASE_URL", "sqlite+aiosqlite:///", DATABASE),
    (
        "DATABASE_URL",
        "postgresql://host",
        "must name a host and a database, as in postgresql://care:secret@db.example.com/care.",
    ),
    ("DATABASE_URL", "sqlite+aiosqlite:///:memory:", DATABASE),
    ("PORT", "abc", PORT),
    ("PORT", "-1", PORT),
    ("PORT", "65536", PORT),
    ("PORT", "80.5", PORT),
    ("PORT", "٣٠٠٠", PORT),
    ("METRICS_PORT", "yes", PORT),
    ("LOG_FORMAT", "xml", "must be text or json."),
    ("CARE_CHANNEL", "#care", CHANNEL),
    ("CARE_CHANNEL", "c0123456789", CHANNEL),
    ("INTRO_CHANNEL", "U0123456789", CHANNEL),
    ("INTRO_CHANNEL", "CÉ123", CHANNEL),
    ("TEAMS_APP_ID", "care", GUID),
    ("TEAMS_TENANT_ID", f"{TENANT}0", GUID),
    ("TEAMS_OPENID_URL", "login", "must be an http(s) address, as in https://login.botframework.com/v1/.well-known/openidconfiguration."),
    ("TEAMS_LOGIN_URL", "ftp://x/", "must be an http(s) address, as in https://login.microsoftonline.com/."),
    ("TEAMS_ALLOW_ANONYMOUS", "yes", "must be 1, or not be set."),
    ("TEAMS_CARE_CHANNEL", "care", "must be a channel's id like 19:…@thread.tacv2 (in Teams: in the link to the channel)."),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value", "problem"), BAD)
@pytest.mark.parametrize("command", ["run", "doctor", "migrate"])
def test_a_bad_setting_is_named_in_one_sentence(
    name: str, value: str, problem: str, command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:  # fmt: skip
    monkeypatch.setenv(name, value)
    assert main([command]) == MISUSED == 2
    out, err = capsys.readouterr()
    assert (out, err) == ("", f"{name} {problem}\n")


def test_without_a_token_it_says_where_to_read_on(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run"]) == 2
    assert capsys.readouterr().err == "SLACK_BOT_TOKEN is not set; see “Run it on your Slack” in README.md.\n"


WHERE = "is not set; see “Run it on your Teams” in README.md."
LOOPBACK = "lets anybody in who can reach me, so it works on HOST 127.0.0.1 only; set TEAMS_APP_ID."


@pytest.mark.parametrize("slack", [{}, {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1"}])
@pytest.mark.parametrize(
    ("told", "refusal"),
    [
        ({"TEAMS_TENANT_ID": TENANT}, f"TEAMS_APP_ID {WHERE}"),
        ({"TEAMS_APP_PASSWORD": "s", "TEAMS_TENANT_ID": TENANT}, f"TEAMS_APP_ID {WHERE}"),
        ({"TEAMS_APP_ID": TENANT, "TEAMS_APP_PASSWORD": "s"}, f"TEAMS_TENANT_ID {WHERE}"),
        ({"TEAMS_APP_ID": TENANT, "TEAMS_TENANT_ID": TENANT}, "TEAMS_APP_PASSWORD is not set; it is a client secret of your app."),
        *(({"TEAMS_ALLOW_ANONYMOUS": "1", "TEAMS_TENANT_ID": TENANT, "HOST": host}, f"TEAMS_ALLOW_ANONYMOUS {LOOPBACK}")
          for host in ("0.0.0.0", "::", "192.0.2.1", "care.example", "127.0.0.1.example")),
    ],
)  # fmt: skip
def test_teams_is_served_only_to_whom_it_is_certain_to_be(
    slack: dict[str, str], told: dict[str, str], refusal: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:  # fmt: skip
    for name, value in (slack | told).items():
        monkeypatch.setenv(name, value)
    assert main(["run"]) == 2
    assert capsys.readouterr().err == f"{refusal}\n"


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_on_loopback_anybody_may_be_let_in(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("TEAMS_ALLOW_ANONYMOUS", "1"), ("TEAMS_TENANT_ID", TENANT), ("HOST", host)):
        monkeypatch.setenv(name, value)
    Settings().check_chat()


def test_one_way_to_receive_is_needed_and_either_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-1")
    with pytest.raises(BadSetting) as refused:
        Settings().check_chat()
    assert refused.value.say().startswith("SLACK_SIGNING_SECRET is not set; set it to receive over HTTP, or")
    for name, value in (("SLACK_SIGNING_SECRET", "s"), ("SLACK_APP_TOKEN", "xapp-1")):
        monkeypatch.setenv(name, value)
        Settings().check_chat()
        monkeypatch.delenv(name)


def test_what_is_not_set_or_empty_has_its_default(monkeypatch: pytest.MonkeyPatch) -> None:
    for empty in (False, True):
        for name in names() if empty else []:
            monkeypatch.setenv(name, "")
        settings = Settings()
        assert settings.slack.api_url == "https://slack.com/api/"
        assert settings.store.database_url == "sqlite+aiosqlite:///./data/care.db"
        assert (settings.server.host, settings.server.port) == ("127.0.0.1", 3000)
        assert settings.server.metrics_port is None
        assert settings.server.log_format == "text"
        assert settings.care.care_channel == settings.care.intro_channel == ""


def test_what_is_set_is_taken_without_what_copying_added(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (
        ("SLACK_BOT_TOKEN", " xoxb-1\n"), ("SLACK_APP_TOKEN", "xapp-1 "), ("SLACK_API_URL", "http://localhost:1/api"),
        ("PORT", " 8080 "), ("METRICS_PORT", "0"), ("CARE_CHANNEL", "C0CARE\n"), ("INTRO_CHANNEL", "G0TEAM"),
    ):  # fmt: skip
        monkeypatch.setenv(name, value)
    settings = Settings()
    assert (settings.slack.bot_token, settings.slack.app_token) == ("xoxb-1", "xapp-1")
    assert settings.slack.api_url == "http://localhost:1/api/"
    assert (settings.server.port, settings.server.metrics_port) == (8080, 0)
    assert (settings.care.care_channel, settings.care.intro_channel) == ("C0CARE", "G0TEAM")


def test_the_readme_has_a_row_for_every_setting_and_none_for_others() -> None:
    table = README.read_text().split("\n## Settings\n")[1].split("\n## ")[0]
    first_cells = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    listed = {name.strip(" `") for cell in first_cells for name in cell.split(",")}
    assert listed == set(names())
