"""The outbox of e-mail: queued with the change it reports, claimed by one worker at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from crm_core import clock
from crm_core.customers import Customer
from crm_core.db import Event, announce
from crm_core.errors import NotFound
from crm_core.mails.models import Mail
from crm_core.mails.writing import Written

MOST_ATTEMPTS = 12
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=4)


@dataclass(frozen=True, slots=True)
class Letter:
    """An e-mail that this worker alone may now hand to the mail server."""

    mail_id: int
    public_id: str
    address: str
    language: str
    subject: str
    text: str
    html: str
    attempt: int
    created_at: datetime


def queue(
    session: Session,
    customer: Customer,
    written: Written,
    *,
    once: str,
    order_id: int | None = None,
) -> int | None:
    """Write to the customer's e-mail address; None without one, or if ``once`` was written.

    Returns the id of the mail. It leaves when the transaction is committed.
    """
    if not customer.email:
        return None
    values = {
        "customer_id": customer.id,
        "order_id": order_id,
        "once": f"{once}:{customer.email}",
        "address": customer.email,
        "language": customer.language,
        "subject": written.subject,
        "text": written.text,
        "html": written.html,
        "state": "queued",
        "attempts": 0,
        "created_at": clock.now(),
    }
    made = insert(Mail).values(values).on_conflict_do_nothing(index_elements=["once"])
    mail_id = session.execute(made.returning(Mail.id)).scalar_one_or_none()
    if mail_id is not None:
        announce(session, Event("mail_queued", {"mail_id": mail_id}))
    return mail_id


def claim(session: Session, mail_id: int) -> Letter | None:
    """Take a queued mail for sending; None if it is not due, or somebody else has it."""
    moment = clock.now()
    query = (
        update(Mail)
        .where(
            Mail.id == mail_id,
            Mail.state == "queued",
            or_(Mail.due_at.is_(None), Mail.due_at <= moment),
        )
        .values(state="sending", claimed_at=moment, attempts=Mail.attempts + 1)
        .returning(Mail)
    )
    mail = session.scalars(query, execution_options={"populate_existing": True}).one_or_none()
    return letter_of(mail) if mail is not None else None


def letter_of(mail: Mail) -> Letter:
    """The mail as it is handed over."""
    return Letter(
        mail.id, mail.public_id, mail.address, mail.language, mail.subject, mail.text, mail.html,
        mail.attempts, mail.created_at,
    )  # fmt: skip


def mark_sent(session: Session, mail_id: int) -> None:
    """The mail server has it."""
    mail = _locked(session, mail_id)
    mail.state, mail.sent_at, mail.error, mail.due_at = "sent", clock.now(), None, None
    session.flush()


def mark_failed(session: Session, mail_id: int, reason: str) -> None:
    """It will not arrive: the server refuses it for good."""
    mail = _locked(session, mail_id)
    if mail.state != "sent":
        mail.state, mail.error = "failed", reason[:500]
        session.flush()


def postpone(session: Session, mail_id: int, reason: str) -> None:
    """Not sent for now: again after a pause that doubles, up to four hours; failed after twelve."""
    mail = _locked(session, mail_id)
    if mail.state != "sending":
        return
    if mail.attempts >= MOST_ATTEMPTS:
        mail.state, mail.error = "failed", reason[:500]
    else:
        pause = min(FIRST_PAUSE * 2 ** max(mail.attempts - 1, 0), LONGEST_PAUSE)
        mail.state, mail.error = "queued", reason[:500]
        mail.due_at, mail.claimed_at = clock.now() + pause, None
    session.flush()


def due(session: Session, limit: int = 200) -> list[int]:
    """Ids of mails to be sent now."""
    moment = clock.now()
    waiting = or_(Mail.due_at.is_(None), Mail.due_at <= moment)
    query = select(Mail.id).where(Mail.state == "queued", waiting)
    return list(session.scalars(query.order_by(Mail.id).limit(limit)))


def release_lost(session: Session, *, older_than_s: float) -> int:
    """Queue again what a worker took and never ended; how many there were.

    Such a mail may have been sent: its Message-ID is the same, so that it is shown once.
    """
    before = clock.now() - timedelta(seconds=older_than_s)
    lost = update(Mail).where(Mail.state == "sending", Mail.claimed_at < before)
    found = session.execute(lost.values(state="queued", claimed_at=None).returning(Mail.id))
    return len(found.all())


def latest(session: Session, limit: int = 50) -> Sequence[Mail]:
    """Mails of all customers, the newest first."""
    return session.scalars(select(Mail).order_by(Mail.id.desc()).limit(limit)).all()


def of_order(session: Session, order_id: int) -> Sequence[Mail]:
    """What was written about an order, the oldest first."""
    query = select(Mail).where(Mail.order_id == order_id)
    return session.scalars(query.order_by(Mail.id)).all()


def by_public_id(session: Session, public_id: str) -> Mail:
    """One mail; NotFound("mail_not_found")."""
    mail = session.scalars(select(Mail).where(Mail.public_id == public_id)).one_or_none()
    if mail is None:
        raise NotFound("mail_not_found")
    return mail


def _locked(session: Session, mail_id: int) -> Mail:
    query = select(Mail).where(Mail.id == mail_id).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).one()
