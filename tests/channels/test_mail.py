"""E-mail handed to a real mail server on this machine, and to the twin without one."""

from __future__ import annotations

import email.policy
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.parser import BytesParser
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope
from aiosmtpd.smtp import Session as SmtpSession

from channels import mail
from channels.context import Context
from channels.senders import RetryLater
from channels.supervisor.processes import free_port
from crm_core import clock, mails
from crm_core.mails import Letter, Mail, Written
from crm_core.settings import Settings, SettingsError
from tests import factories

SENDER = "Sapa Motor <toko@sapa.example>"


@dataclass
class Post:
    """What a mail server does: keeps what it takes; answers as told."""

    taken: list[EmailMessage] = field(default_factory=list)
    to: list[list[str]] = field(default_factory=list)
    rcpt_answer: str = "250 OK"
    data_answer: str = "250 OK"
    logins: list[tuple[str, str]] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802 - the server calls it so
        self, _: Any, __: SmtpSession, envelope: Envelope, address: str, ___: list[str]
    ) -> str:
        if self.rcpt_answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.rcpt_answer

    async def handle_DATA(  # noqa: N802 - the server calls it so
        self, _: Any, __: SmtpSession, envelope: Envelope
    ) -> str:
        if self.data_answer.startswith("250"):
            content = envelope.content
            assert isinstance(content, bytes)
            parsed = BytesParser(policy=email.policy.default).parsebytes(content)
            assert isinstance(parsed, EmailMessage)
            self.taken.append(parsed)
            self.to.append(list(envelope.rcpt_tos))
        return self.data_answer


@pytest.fixture
def post() -> Post:
    return Post()


@pytest.fixture
def server(post: Post) -> Iterator[Controller]:
    running = Controller(post, hostname="127.0.0.1", port=free_port())
    running.start()
    yield running
    running.stop()


def url_of(server: Controller, who: str = "") -> str:
    return f"smtp://{who}127.0.0.1:{server.port}"


@pytest.fixture
def posting(here: Context, server: Controller) -> Iterator[Context]:
    """A context whose mail leaves through ``server``."""
    settings = here.settings.model_copy(update={"smtp_url": url_of(server), "mail_from": SENDER})
    there = Context(settings)
    yield there
    there.close()


def queued(here: Context, address: str = "budi@contoh.example", subject: str = "Halo") -> int:
    with here.unit_of_work() as session:
        customer = factories.customer(session)
        customer.email = address
        written = Written(subject, "Isi surat: pelan-pelan, ya – Kak 👍\n", "<p>Isi</p>")
        mail_id = mails.queue(session, customer, written, once="uji")
        assert mail_id is not None
        return mail_id


def stored(here: Context, mail_id: int) -> Mail:
    with here.unit_of_work() as session:
        return session.get_one(Mail, mail_id)


def test_a_letter_arrives_with_both_bodies_and_headers_of_ours(
    posting: Context, post: Post
) -> None:
    mail_id = queued(posting, subject="Rincian pembayaran – P-7KM2Q")
    assert mail.deliver(posting, mail_id)
    (letter,) = post.taken
    row = stored(posting, mail_id)
    assert letter["From"] == SENDER
    assert letter["To"] == "budi@contoh.example"
    assert letter["Subject"] == "Rincian pembayaran – P-7KM2Q"
    assert letter["Message-ID"] == f"<sapa-{row.public_id}@sapa.example>"
    assert letter["Auto-Submitted"] == "auto-generated"
    plain, html = letter.get_body(("plain",)), letter.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert plain.get_content().strip() == "Isi surat: pelan-pelan, ya – Kak 👍"
    assert html.get_content().strip() == "<p>Isi</p>"
    assert post.to == [["budi@contoh.example"]]
    assert (row.state, row.attempts) == ("sent", 1)


def test_a_letter_is_sent_once_however_often_it_is_tried(posting: Context, post: Post) -> None:
    mail_id = queued(posting)
    assert [mail.deliver(posting, mail_id) for _ in range(3)] == [True, False, False]
    assert len(post.taken) == 1


@pytest.mark.parametrize(
    ("place", "answer", "state", "error"),
    [
        ("rcpt_answer", "550 no such user", "failed", "smtp_550: no such user"),
        ("rcpt_answer", "450 mailbox busy", "queued", "smtp_450"),
        ("data_answer", "554 spam", "failed", "smtp_554: spam"),
        ("data_answer", "451 try later", "queued", "smtp_451"),
    ],
)
def test_what_the_server_answers_decides_whether_it_is_tried_again(
    posting: Context, post: Post, place: str, answer: str, state: str, error: str
) -> None:
    setattr(post, place, answer)
    mail_id = queued(posting)
    mail.deliver(posting, mail_id)
    row = stored(posting, mail_id)
    assert (row.state, row.error) == (state, error)
    assert post.taken == []


def test_without_a_server_at_the_address_it_waits(here: Context) -> None:
    nowhere = {"smtp_url": f"smtp://127.0.0.1:{free_port()}", "mail_from": SENDER}
    alone = Context(here.settings.model_copy(update=nowhere))
    mail_id = queued(alone)
    mail.deliver(alone, mail_id)
    row = stored(alone, mail_id)
    alone.close()
    assert row.state == "queued"
    assert row.due_at is not None
    assert row.due_at > clock.now()


@pytest.mark.parametrize(
    "address",
    ["budi@contoh.example\r\nBcc: semua@contoh.example", "a@b.example, c@d.example", "<a@b>", "x"],
)
def test_an_address_that_is_more_than_one_address_never_leaves(
    posting: Context, post: Post, address: str
) -> None:
    mail_id = queued(posting, address=address)
    mail.deliver(posting, mail_id)
    assert stored(posting, mail_id).state == "failed"
    assert post.taken == []


def test_a_line_break_in_a_subject_never_becomes_a_header(posting: Context, post: Post) -> None:
    mail_id = queued(posting, subject="Halo\r\nBcc: semua@contoh.example")
    mail.deliver(posting, mail_id)
    assert stored(posting, mail_id).state == "failed"
    assert post.taken == []


def test_a_login_is_used_and_a_wrong_one_waits_for_the_right_one(
    posting: Context, post: Post
) -> None:
    def check(_: Any, __: Any, ___: Any, kind: str, data: Any) -> AuthResult:
        post.logins.append((data.login.decode(), data.password.decode()))
        return AuthResult(success=data.password == b"rahasia@1", handled=False)

    guarded = Controller(
        post, hostname="127.0.0.1", port=free_port(), authenticator=check, auth_require_tls=False
    )
    guarded.start()
    try:
        letter = Letter(1, "0", "budi@contoh.example", "id", "Halo", "Isi", "<p>", 1, clock.now())
        right = posting.settings.model_copy(
            update={"smtp_url": url_of(guarded, "toko:rahasia%401@")}
        )
        mail.carrier_for(right).send(letter)
        wrong = posting.settings.model_copy(update={"smtp_url": url_of(guarded, "toko:salah@")})
        with pytest.raises(RetryLater) as refused:
            mail.carrier_for(wrong).send(letter)
    finally:
        guarded.stop()
    assert refused.value.reason == "smtp_login_refused"
    assert post.logins[0] == ("toko", "rahasia@1")
    assert len(post.taken) == 1


def test_without_a_mail_server_the_twin_keeps_it_readable(here: Context) -> None:
    mail_id = queued(here)
    assert mail.deliver(here, mail_id)
    assert stored(here, mail_id).state == "sent"


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"smtp_url": "http://mail.example"}, "SAPA_SMTP_URL"),
        ({"smtp_url": "smtp://mail.example"}, "SAPA_MAIL_FROM"),
        ({"mail_from": "toko"}, "SAPA_MAIL_FROM"),
        ({"mail_from": "Toko <a@b.example>\nBcc: x"}, "SAPA_MAIL_FROM"),
    ],
)
def test_settings_of_mail_that_cannot_work_are_named(given: dict[str, str], named: str) -> None:
    with pytest.raises(SettingsError) as refused:
        Settings.load(None, **given)
    assert any(mistake.startswith(named) for mistake in refused.value.mistakes)
    assert not any("mail.example" in mistake for mistake in refused.value.mistakes)
