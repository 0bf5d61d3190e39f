"""Lists: pasted ones go around the guess of what is wanted, files are read before it is asked."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from flask.testing import FlaskClient

from channels import media, tasks, turns
from channels.context import Context
from channels.twin import Twin
from crm_core import conversations
from crm_core.conversations import InboundMedia
from crm_core.errors import InvalidInput
from tests.fakes import FakeRasa
from tests.forms import encoded

Say = Callable[..., int]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = b"kode;nama;qty\n06455-KVB-N01;Kampas Rem;2\n;busi beat;6\n"


@pytest.fixture
def turn(asleep: Context) -> Callable[[int], bool]:
    client = tasks.assistant(asleep.settings)
    return lambda conversation_id: turns.take(asleep, client, conversation_id)


def workbook() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["Nama", "Qty"], ["kampas rem beat", 2], ["busi vario", 3]):
        sheet.append(row)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def asked(rasa_server: FakeRasa) -> tuple[str, dict[str, Any]]:
    only = rasa_server.asked[-1]
    return only.message, dict(only.metadata)


def test_a_pasted_list_is_handed_over_as_a_list(
    say: Say, turn: Callable[[int], bool], rasa_server: FakeRasa
) -> None:
    text = "busi beat 2\noli mpx2 3\naki 1"
    turn(say(text))
    message, metadata = asked(rasa_server)
    assert (message, metadata["text"]) == ("/send_list", text)


def test_a_change_by_line_numbers_is_handed_over_as_one(
    say: Say, turn: Callable[[int], bool], rasa_server: FakeRasa
) -> None:
    turn(say("baris 2 jadi 5"))
    assert asked(rasa_server)[0] == "/send_list"


def test_other_words_are_left_to_the_assistant(
    say: Say, turn: Callable[[int], bool], rasa_server: FakeRasa
) -> None:
    turn(say("kampas rem beat 2"))
    assert asked(rasa_server)[0] == "kampas rem beat 2"


def test_a_file_over_whatsapp_is_fetched_kept_and_read_before_the_assistant_is_asked(
    here: Context,
    say: Say,
    turn: Callable[[int], bool],
    rasa_server: FakeRasa,
    twilio_server: Twin,
) -> None:
    url = twilio_server.add_media(workbook(), XLSX)
    number = say("tolong cek harganya kak", media=(InboundMedia(url, XLSX),))
    turn(number)
    message, metadata = asked(rasa_server)
    assert message == "/send_list"
    lines = metadata["file"]["lines"]
    assert [(line["text"], line["quantity"]) for line in lines] == [
        ("kampas rem beat", 2),
        ("busi vario", 3),
    ]
    assert metadata["media_ids"] == []
    with here.unit_of_work() as session:
        row = conversations.latest(session, number)[0].media[0]
        stored = conversations.media_by_id(session, row.id)
    assert (stored.state, stored.content_type) == ("stored", XLSX)
    assert (here.settings.data_dir / str(stored.path)).suffix == ".xlsx"


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00", "list_file_unreadable"),
        (b"\n\n", "list_file_empty"),
        (b"busi;2\n" * 200_000, "list_file_too_large"),
        (b"nama;qty\n" + b"busi beat;2\n" * 101, "list_too_long"),
    ],
)
def test_a_bad_file_is_named_to_the_assistant(
    say: Say,
    turn: Callable[[int], bool],
    rasa_server: FakeRasa,
    twilio_server: Twin,
    content: bytes,
    error: str,
) -> None:
    url = twilio_server.add_media(content, "text/csv")
    turn(say("", media=(InboundMedia(url, "text/csv"),)))
    message, metadata = asked(rasa_server)
    assert (message, metadata["file"]["error"]) == ("/send_list", error)


def test_a_photo_stays_a_photo(
    say: Say, turn: Callable[[int], bool], rasa_server: FakeRasa, twilio_server: Twin
) -> None:
    url = twilio_server.add_media(encoded("JPEG"), "image/jpeg")
    turn(say("", media=(InboundMedia(url, "image/jpeg"),)))
    message, metadata = asked(rasa_server)
    assert message == "/send_photo"
    assert "file" not in metadata
    assert len(metadata["media_ids"]) == 1


@pytest.mark.parametrize("field", ["file", "photo"])
def test_a_list_is_uploaded_on_the_web_and_shown_as_a_file(
    here: Context, web: FlaskClient, rasa_server: FakeRasa, field: str
) -> None:
    session = web.post("/webchat/session", json={}).get_json()
    headers = {"Authorization": f"Bearer {session['token']}"}
    sent = {"client_id": "client-0001", field: (io.BytesIO(CSV), "daftar.csv")}
    answer = web.post("/webchat/messages", data=sent, headers=headers)
    assert answer.status_code == 202
    (item,) = answer.get_json()["media"]
    assert (item["kind"], item["state"]) == ("file", "stored")
    _, metadata = asked(rasa_server)
    assert [line["quantity"] for line in metadata["file"]["lines"]] == [2, 6]
    with web.get(f"/webchat/media/{item['id']}", headers=headers) as shown:
        assert shown.headers["Content-Disposition"].startswith("attachment;")
        assert shown.mimetype == "application/octet-stream"
        assert shown.data == CSV
    assert here.settings.data_dir.exists()


def test_an_upload_that_is_too_large_is_refused_at_once(here: Context) -> None:
    with pytest.raises(InvalidInput, match="list_file_too_large"):
        media.uploaded(here.settings, b"busi;2\n" * 200_000, "daftar.csv")
    assert not (here.settings.data_dir / "media").exists()


def test_a_picture_that_calls_itself_a_list_is_never_shown_as_a_picture(here: Context) -> None:
    kept = media.uploaded(here.settings, encoded("PNG"), "daftar.csv")
    assert kept.content_type == "text/csv"
    assert str(kept.path).endswith(".csv")
