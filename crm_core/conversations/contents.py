"""What is kept at the provider for us: choices of one shape, notices as templates."""

from __future__ import annotations

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from crm_core import clock, notices
from crm_core.conversations.models import CarrierContent

APPROVED = "approved"


def content_sid(session: Session, account: str, name: str) -> str | None:
    """The provider's id of our content ``name``; None if there is none yet."""
    query = select(CarrierContent.sid).where(*_named(account, name))
    return session.scalars(query).one_or_none()


def may_make_content(session: Session, account: str, name: str) -> bool:
    """Whether this transaction alone makes the content now; nobody waits for another."""
    key = func.hashtextextended(f"content {account} {name}", 0)
    return bool(session.scalar(select(func.pg_try_advisory_xact_lock(key))))


def keep_content(
    session: Session, account: str, name: str, sid: str, approval: str | None = None
) -> None:
    """Content ``name`` is at the provider under ``sid``; a new one replaces it."""
    values = {"sid": sid, "approval": approval, "checked_at": clock.now() if approval else None}
    made = insert(CarrierContent).values(
        account=account, name=name, created_at=clock.now(), **values
    )
    session.execute(made.on_conflict_do_update(index_elements=["account", "name"], set_=values))


def approved_content(session: Session, account: str, name: str) -> str | None:
    """The provider's id of a template that WhatsApp has approved; None if it has not."""
    query = select(CarrierContent.sid).where(
        *_named(account, name), CarrierContent.approval == APPROVED
    )
    return session.scalars(query).one_or_none()


def has_template(session: Session, notice: str, language: str) -> bool:
    """Whether a notice may leave as a template: approved, in the words that it has now."""
    template = notices.template(notice, language)
    if template is None:
        return False
    query = select(CarrierContent.id).where(
        CarrierContent.name == template.name, CarrierContent.approval == APPROVED
    )
    return session.execute(query.limit(1)).first() is not None


def approvals(session: Session, account: str) -> dict[str, tuple[str, str]]:
    """Templates by name: the provider's id and how WhatsApp's review stands."""
    query = select(CarrierContent).where(
        CarrierContent.account == account, CarrierContent.approval.is_not(None)
    )
    return {row.name: (row.sid, str(row.approval)) for row in session.scalars(query)}


def forget_content(session: Session, account: str, sid: str) -> None:
    """The provider does not know ``sid`` any more."""
    gone = (CarrierContent.account == account, CarrierContent.sid == sid)
    session.execute(delete(CarrierContent).where(*gone))


def _named(account: str, name: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return CarrierContent.account == account, CarrierContent.name == name
