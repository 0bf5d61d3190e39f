from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from pydantic import SecretStr

from crm_core.settings import Settings, SettingsError


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("SAPA_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("SAPA_DATA_DIR", str(tmp_path / "data"))


def mistakes() -> list[str]:
    with pytest.raises(SettingsError) as caught:
        Settings.load(env_file=None)
    return caught.value.mistakes


def test_without_any_variable_the_defaults_of_the_contract_hold() -> None:
    settings = Settings.load(env_file=None)
    assert (settings.host, settings.port, settings.sender) == ("127.0.0.1", 8000, "loopback")
    assert settings.database_url is None
    assert settings.redis_url is None
    assert settings.burst_window_ms == 1500
    assert settings.payment_deadline_hours == 72
    assert settings.timezone == "Asia/Pontianak"


def test_the_public_address_defaults_to_host_and_port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAPA_PORT", "9123")
    assert Settings.load(env_file=None).public_url == "http://127.0.0.1:9123"


def test_a_server_open_to_all_addresses_is_shown_by_its_local_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SAPA_HOST", "0.0.0.0")  # noqa: S104
    assert Settings.load(env_file=None).public_url == "http://127.0.0.1:8000"


def test_a_trailing_slash_of_the_public_address_is_dropped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SAPA_PUBLIC_URL", "https://toko.example/")
    assert Settings.load(env_file=None).public_url == "https://toko.example"


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_way_to_write_postgresql_becomes_the_psycopg_driver(
    monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    monkeypatch.setenv("SAPA_DATABASE_URL", f"{scheme}://u:p@db/sapa")
    assert Settings.load(env_file=None).database_url == "postgresql+psycopg://u:p@db/sapa"


def test_twilio_without_credentials_lists_each_missing_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SAPA_SENDER", "twilio")
    assert mistakes() == [
        "SAPA_TWILIO_ACCOUNT_SID: is needed when SAPA_SENDER is twilio",
        "SAPA_TWILIO_AUTH_TOKEN: is needed when SAPA_SENDER is twilio",
        "SAPA_TWILIO_WHATSAPP_FROM: or SAPA_TWILIO_SMS_FROM is needed when SAPA_SENDER is twilio",
    ]


def test_twilio_with_only_an_sms_number_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAPA_SENDER", "twilio")
    monkeypatch.setenv("SAPA_TWILIO_ACCOUNT_SID", "AC1")
    monkeypatch.setenv("SAPA_TWILIO_AUTH_TOKEN", "token")
    monkeypatch.setenv("SAPA_TWILIO_SMS_FROM", "+6281100000000")
    assert Settings.load(env_file=None).twilio_sms_from == "+6281100000000"


def test_all_mistakes_of_a_start_come_in_one_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SAPA_PORT", "70000")
    monkeypatch.setenv("SAPA_DATABASE_URL", "mysql://db/sapa")
    monkeypatch.setenv("SAPA_REDIS_URL", "localhost")
    monkeypatch.setenv("SAPA_PUBLIC_URL", "toko.example")
    monkeypatch.setenv("SAPA_TIMEZONE", "Asia/Nowhere")
    monkeypatch.setenv("SAPA_BURST_WINDOW_MS", "soon")
    monkeypatch.setenv("SAPA_API_TOKEN_FILE", str(tmp_path / "missing"))
    named = {sentence.partition(":")[0] for sentence in mistakes()}
    assert named == {
        "SAPA_PORT",
        "SAPA_DATABASE_URL",
        "SAPA_REDIS_URL",
        "SAPA_PUBLIC_URL",
        "SAPA_TIMEZONE",
        "SAPA_BURST_WINDOW_MS",
        "SAPA_API_TOKEN_FILE",
    }


def test_a_mistake_never_shows_the_value_of_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAPA_DATABASE_URL", "mysql://root:hunter2@db/sapa")
    assert "hunter2" not in "".join(mistakes())


@pytest.mark.parametrize("port", ["0", "65536", "-1", "80a"])
def test_a_port_that_no_server_can_have_is_refused(
    monkeypatch: pytest.MonkeyPatch, port: str
) -> None:
    monkeypatch.setenv("SAPA_PORT", port)
    assert [sentence.partition(":")[0] for sentence in mistakes()] == ["SAPA_PORT"]


@pytest.mark.parametrize(
    "name", ["database_url", "redis_url", "twilio_auth_token", "api_token", "secret_key"]
)
def test_every_secret_is_also_read_from_a_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    value = {"database_url": "postgresql+psycopg://db/x", "redis_url": "redis://r/0"}.get(name, "s")
    (tmp_path / "secret").write_text(value + "\n")
    monkeypatch.setenv(f"SAPA_{name.upper()}_FILE", str(tmp_path / "secret"))
    found = getattr(Settings.load(env_file=None), name)
    assert (found.get_secret_value() if isinstance(found, SecretStr) else found) == value


def test_the_variable_itself_wins_over_its_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "secret").write_text("from file")
    monkeypatch.setenv("SAPA_API_TOKEN_FILE", str(tmp_path / "secret"))
    monkeypatch.setenv("SAPA_API_TOKEN", "from environment")
    token = Settings.load(env_file=None).api_token
    assert token is not None
    assert token.get_secret_value() == "from environment"


def test_the_environment_wins_over_the_env_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("SAPA_PORT=8100\nSAPA_BURST_WINDOW_MS=7\n")
    monkeypatch.setenv("SAPA_PORT", "8200")
    settings = Settings.load(env_file=tmp_path / ".env")
    assert (settings.port, settings.burst_window_ms) == (8200, 7)


def test_a_missing_secret_key_is_made_once_and_kept_for_us_only(tmp_path: Path) -> None:
    first = Settings.load(env_file=None).secret_key
    second = Settings.load(env_file=None).secret_key
    kept = tmp_path / "data" / "secret_key"
    assert first is not None
    assert first == second
    assert len(first.get_secret_value()) >= 48
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_settings_cannot_be_changed_after_the_start() -> None:
    settings = Settings.load(env_file=None)
    with pytest.raises(ValueError, match="frozen"):
        settings.port = 1


def test_secrets_are_not_shown_when_settings_are_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAPA_API_TOKEN", "visible-token")
    monkeypatch.setenv("SAPA_DATABASE_URL", "postgresql://u:hunter2@db/sapa")
    shown = repr(Settings.load(env_file=None))
    assert "visible-token" not in shown
    assert "hunter2" not in shown


def test_a_child_process_reads_the_same_settings_from_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SAPA_API_TOKEN", "token")
    settings = Settings.load(env_file=None)
    for name, value in settings.environment().items():
        monkeypatch.setenv(name, value)
    assert Settings.load(env_file=None) == settings


def test_several_rasa_servers_are_named_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAPA_RASA_URL", "http://rasa-0:5005/, http://rasa-1:5005")
    settings = Settings.load(env_file=None)
    assert settings.rasa_servers == ("http://rasa-0:5005", "http://rasa-1:5005")
    assert Settings(rasa_url=settings.environment()["SAPA_RASA_URL"]) == Settings(
        rasa_url="http://rasa-0:5005,http://rasa-1:5005"
    )


def test_one_wrong_address_among_several_is_a_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAPA_RASA_URL", "http://rasa-0:5005,rasa-1:5005")
    assert len(mistakes()) == 1
    assert mistakes()[0].startswith("SAPA_RASA_URL")


def test_without_addresses_our_own_servers_are_on_loopback() -> None:
    settings = Settings(rasa_port=5100, actions_port=5101)
    assert settings.rasa_servers == ("http://127.0.0.1:5100",)
    assert settings.action_server == "http://127.0.0.1:5101"


def test_the_sites_that_may_show_the_chat_are_named_as_origins() -> None:
    named = "https://www.Bengkel.example/, http://localhost:8080"
    settings = Settings.load(env_file=None, widget_origins=named)
    assert settings.widget_sites == ("https://www.bengkel.example", "http://localhost:8080")
    assert Settings.load(env_file=None).widget_sites == ()


@pytest.mark.parametrize("wrong", ["*", "bengkel.example", "https://a.example/shop", "https://a b",
                                   "https://*.example"])  # fmt: skip
def test_a_site_that_is_no_origin_is_refused(wrong: str) -> None:
    with pytest.raises(SettingsError, match="SAPA_WIDGET_ORIGINS"):
        Settings.load(env_file=None, widget_origins=wrong)
