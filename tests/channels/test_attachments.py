"""Voice notes, videos and PDFs: kept for people, played or downloaded, never shown as a page."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from channels import attachments, media
from channels.context import Context
from channels.twin import Twin
from crm_core import conversations
from crm_core.conversations import InboundMedia
from tests.channels.desk import desk_of, member
from tests.fakes import FakeRasa
from tests.forms import sign, whatsapp_form

BUDI = "+6281234567001"
OGG = b"OggS\x00\x02" + b"\x00" * 40 + b"OpusHead"
MP4 = b"\x00\x00\x00\x18ftypmp42" + b"\x00" * 40
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n"
PAGE = b"<html><script>alert(1)</script></html>"

Keep = Callable[[bytes, str], int]


@pytest.fixture
def keep(asleep: Context, say: Callable[..., int], twilio_server: Twin) -> Keep:
    """``keep(content, type) -> media id``: a message with such a file, fetched or refused."""

    def fetch(content: bytes, kind: str) -> int:
        url = twilio_server.add_media(content, kind)
        number = say("", media=(InboundMedia(url, kind),))
        with asleep.unit_of_work() as session:
            media_id = conversations.latest(session, number)[-1].media[0].id
        media.fetch(asleep, media_id)
        return media_id

    return fetch


def row(here: Context, media_id: int) -> tuple[str, str, str | None]:
    with here.unit_of_work() as session:
        found = conversations.media_by_id(session, media_id)
        return found.state, found.content_type, found.error


@pytest.mark.parametrize(
    ("content", "called", "kept", "name"),
    [
        (OGG, "audio/ogg; codecs=opus", "audio/ogg", "audio-{}.ogg"),
        (b"\xff\xfb\x90\x00" + b"\x00" * 9, "audio/mpeg", "audio/mpeg", "audio-{}.mp3"),
        (b"\xff\xf1\x50\x80" + b"\x00" * 9, "audio/aac", "audio/aac", "audio-{}.aac"),
        (b"#!AMR\n<", "audio/amr", "audio/amr", "audio-{}.amr"),
        (MP4, "audio/mp4", "audio/mp4", "audio-{}.m4a"),
        (MP4, "video/mp4", "video/mp4", "video-{}.mp4"),
        (b"\x00\x00\x00\x18ftyp3gp5", "video/3gpp", "video/3gpp", "video-{}.3gp"),
        (b"\x1aE\xdf\xa3webm", "video/webm", "video/webm", "video-{}.webm"),
        (PDF, "application/pdf", "application/pdf", "pdf-{}.pdf"),
    ],
)
def test_a_file_is_kept_as_it_came_and_given_out_as_a_download_of_its_own_type(
    flask_app: Flask, here: Context, keep: Keep, content: bytes, called: str, kept: str, name: str
) -> None:
    number = keep(content, called)
    assert row(here, number) == ("stored", kept, None)
    with flask_app.test_request_context():
        answer = media.serve(number)
        answer.direct_passthrough = False
        assert answer.data == content
        answer.close()
    assert answer.mimetype == kept
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    shown = f'attachment; filename="{name.format(number)}"'
    assert answer.headers["Content-Disposition"] == shown


@pytest.mark.parametrize(
    ("content", "called", "reason"),
    [
        (PAGE, "audio/ogg", "attachment_unreadable"),
        (PAGE, "application/pdf", "attachment_unreadable"),
        (PAGE, "video/mp4", "attachment_unreadable"),
        (PDF, "audio/ogg", "attachment_unreadable"),
        (OGG, "video/mp4", "attachment_unreadable"),
        (b"", "audio/ogg", "attachment_empty"),
        (PAGE, "application/x-msdownload", "picture_unreadable"),
    ],
)
def test_what_is_not_what_it_is_called_is_refused_and_no_file_is_kept(
    here: Context, keep: Keep, content: bytes, called: str, reason: str
) -> None:
    number = keep(content, called)
    assert row(here, number) == ("refused", called, reason)
    assert [one for one in (here.settings.data_dir / "media").rglob("*") if one.is_file()] == []


def test_a_video_larger_than_whatsapp_takes_is_given_up(
    here: Context, keep: Keep, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attachments, "MAX_BYTES", 50_000)
    number = keep(MP4 + b"0" * 60_000, "video/mp4")
    assert row(here, number) == ("refused", "video/mp4", "file_too_large")


def test_an_agent_hears_a_voice_note_sees_a_video_and_saves_a_pdf_of_a_talk(
    web: FlaskClient, flask_app: Flask, here: Context, twilio_server: Twin, rasa_server: FakeRasa
) -> None:
    for content, kind in ((OGG, "audio/ogg"), (MP4, "video/mp4"), (PDF, "application/pdf")):
        url = twilio_server.add_media(content, kind)
        file = {"NumMedia": "1", "MediaUrl0": url, "MediaContentType0": kind}
        form = whatsapp_form(BUDI, "", **file)
        headers = {"X-Twilio-Signature": sign("https://sapa.test/twilio/messages", form)}
        assert web.post("/twilio/messages", data=form, headers=headers).status_code == 204
    assert rasa_server.asked == []
    with here.unit_of_work() as session:
        talk = conversations.of_address(session, f"whatsapp:{BUDI}")
        assert talk is not None
        public_id = talk.public_id
        files = [one.media[0].id for one in conversations.latest(session, talk.id) if one.media]
    desk = desk_of(flask_app, member(here))
    shown = desk.get(f"/console/conversations/{public_id}").text
    voice, video, pdf = files
    assert f'<audio class="player" controls preload="none" src="/console/media/{voice}"' in shown
    assert f'src="/console/media/{video}" aria-label="Video"></video>' in shown
    assert f'<a class="holder file" href="/console/media/{pdf}" download>' in shown


def test_a_file_on_its_way_looks_again_in_its_own_place_and_not_in_that_of_the_talk(
    flask_app: Flask, asleep: Context, say: Callable[..., int]
) -> None:
    number = say("", media=(InboundMedia("https://api.twilio.com/x", "audio/ogg"),))
    with asleep.unit_of_work() as session:
        media_id = conversations.latest(session, number)[-1].media[0].id
    shown = desk_of(flask_app, member(asleep)).get(f"/console/media/{media_id}/holder").text
    assert "File sedang diambil" in shown
    assert 'hx-target="this" hx-swap="outerHTML"' in shown
