"""Fetching photos: from the provider's hosts only, and our credentials go no further than that."""

from __future__ import annotations

import base64
from collections.abc import Callable

import pytest
from flask import Flask

from channels import media, tasks
from channels.celery_app import app as celery
from channels.context import Context
from channels.twin import Twin
from crm_core import conversations
from crm_core.conversations import InboundMedia
from crm_core.errors import NotFound
from tests.fakes import running
from tests.forms import ACCOUNT, TOKEN, encoded

Send = Callable[[str], int]


@pytest.fixture
def photo(asleep: Context, say: Callable[..., int]) -> Send:
    """``photo(url) -> media id``: a message with one picture there."""

    def store(url: str) -> int:
        number = say("", media=(InboundMedia(url, "image/jpeg"),))
        with asleep.unit_of_work() as session:
            return conversations.latest(session, number)[-1].media[0].id

    return store


def state(here: Context, media_id: int) -> tuple[str, str | None]:
    with here.unit_of_work() as session:
        row = conversations.media_by_id(session, media_id)
        return row.state, row.error


def test_a_photo_is_fetched_cleaned_and_kept_under_a_name_of_our_own(
    here: Context, photo: Send, twilio_server: Twin
) -> None:
    number = photo(twilio_server.add_media(encoded("PNG"), "image/png"))
    media.fetch(here, number)
    with here.unit_of_work() as session:
        row = conversations.media_by_id(session, number)
    assert (row.state, row.content_type) == ("stored", "image/jpeg")
    content = (here.settings.data_dir / str(row.path)).read_bytes()
    assert content.startswith(b"\xff\xd8")
    assert row.size == len(content)
    assert "ME" not in str(row.path)


def test_the_credentials_are_shown_to_the_api_and_not_to_the_host_it_sends_us_to(
    here: Context, photo: Send, twilio_server: Twin
) -> None:
    media.fetch(here, photo(twilio_server.add_media(encoded())))
    basic = "Basic " + base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
    assert [authorization for _, authorization in twilio_server.media_requests] == [basic, None]


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data",
        "http://127.0.0.1:9/x.jpg",
        "http://[::ffff:10.0.0.1]/x.jpg",
        "file:///etc/passwd",
        "https://api.twilio.com.evil.test/x.jpg",
        "https://mms.twiliocdn.com/x.jpg",
        "",
    ],
)
def test_any_other_address_is_refused_without_a_connection(
    here: Context, photo: Send, url: str
) -> None:
    number = photo(url)
    media.fetch(here, number)
    assert state(here, number) == ("refused", "host_not_allowed")


def test_a_redirect_to_a_foreign_host_is_not_followed(
    here: Context, photo: Send, twilio_server: Twin
) -> None:
    with running(Twin()) as foreign:
        foreign.media["x"] = (encoded(), "image/jpeg")
        twilio_server.redirect_to = f"{foreign.url}/store/x"
        number = photo(twilio_server.add_media(encoded()))
        media.fetch(here, number)
        assert foreign.media_requests == []
    assert state(here, number) == ("refused", "host_not_allowed")


def test_a_file_that_is_no_picture_is_refused_with_the_reason(
    here: Context, photo: Send, twilio_server: Twin
) -> None:
    number = photo(twilio_server.add_media(b"%PDF-1.7", "application/pdf"))
    media.fetch(here, number)
    assert state(here, number) == ("refused", "picture_unreadable")


def test_an_endless_file_is_given_up(
    here: Context, photo: Send, twilio_server: Twin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("channels.pictures.MAX_BYTES", 50_000)
    number = photo(twilio_server.add_media(b"\xff\xd8" + b"0" * 60_000))
    media.fetch(here, number)
    assert state(here, number) == ("refused", "picture_too_large")


def test_a_provider_that_is_away_is_asked_again_a_few_times_only(
    here: Context, photo: Send
) -> None:
    here.settings = here.settings.model_copy(update={"twilio_api_url": "http://127.0.0.1:1"})
    number = photo("http://127.0.0.1:1/x.jpg")
    states = []
    for _ in range(media.MAX_ATTEMPTS + 1):
        media.fetch(here, number)
        states.append(state(here, number)[0])
    assert states == ["pending"] * (media.MAX_ATTEMPTS - 1) + ["refused"] * 2


def test_the_sweep_finds_photos_whose_wake_up_was_lost(
    here: Context, photo: Send, twilio_server: Twin
) -> None:
    number = photo(twilio_server.add_media(encoded()))
    celery.conf.task_always_eager = True
    tasks.sweep()
    assert state(here, number)[0] == "stored"


def test_a_kept_photo_is_served_as_an_image_and_nothing_else(
    flask_app: Flask, here: Context, photo: Send, twilio_server: Twin
) -> None:
    number = photo(twilio_server.add_media(encoded()))
    media.fetch(here, number)
    with flask_app.test_request_context():
        answer = media.serve(number)
        answer.direct_passthrough = False
        assert answer.data.startswith(b"\xff\xd8")
        answer.close()
    assert answer.mimetype == "image/jpeg"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"


def test_a_path_outside_the_media_folder_is_never_served(
    flask_app: Flask, asleep: Context, say: Callable[..., int]
) -> None:
    here = asleep
    secret = here.settings.data_dir / "secret_key"
    secret.parent.mkdir(parents=True, exist_ok=True)
    secret.write_text("x")
    stored = InboundMedia(None, "image/jpeg", "media/../secret_key", "0" * 64, 1)
    number = say("", media=(stored,))
    with here.unit_of_work() as session:
        media_id = conversations.latest(session, number)[-1].media[0].id
    with flask_app.test_request_context(), pytest.raises(NotFound):
        media.serve(media_id)
