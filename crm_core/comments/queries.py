"""What screens read about comments."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from crm_core.catalogue.models import Part
from crm_core.comments.models import Comment
from crm_core.comments.rules import CommentKind, CommentState
from crm_core.cursors import Slice
from crm_core.customers.models import Customer
from crm_core.errors import NotFound
from crm_core.listing import Window
from crm_core.staff.models import Staff


@dataclass(frozen=True, slots=True)
class CommentView:
    """A comment as people read it; ``customer_id`` is the public id.

    ``name`` is what the writer wants to be called beside it, empty for nobody in particular.
    """

    id: int
    customer_id: str
    customer_name: str | None
    kind: CommentKind
    state: CommentState
    name: str
    may_publish: bool
    text: str
    answer: str | None
    answered_by: str | None
    answered_at: datetime | None
    part_code: str | None
    part_name: str | None
    created_at: datetime


def view(session: Session, comment_id: int) -> CommentView:
    """One comment. Raises NotFound ("comment_not_found")."""
    row = session.execute(_joined().where(Comment.id == comment_id)).one_or_none()
    if row is None:
        raise NotFound("comment_not_found")
    return _view(row)


def listing(
    session: Session,
    *,
    state: CommentState | str | None = None,
    query: str = "",
    cursor: str | None = None,
    limit: int = 40,
) -> Slice[CommentView]:
    """Comments, newest first; ``query`` looks in text, answer, names and part codes."""
    found = _joined()
    if state:
        found = found.where(Comment.state.in_([one for one in CommentState if one == state]))
    for word in query.replace("\0", "").split()[:8]:
        places = (Comment.text, Comment.answer, Comment.name, Customer.name, Part.part_code)
        found = found.where(or_(*(one.icontains(word, autoescape=True) for one in places)))
    window = Window(None, cursor, limit)
    rows = session.execute(window.cut(found, Comment.id, Comment.created_at, Comment.updated_at))
    return window.slice(
        [(_view(row), row[0].id, row[0].created_at, row[0].updated_at) for row in rows]
    )


def counts(session: Session) -> dict[str, int]:
    """How many comments are in each state; states without any are left out."""
    rows = session.execute(select(Comment.state, func.count()).group_by(Comment.state))
    return {str(state): number for state, number in rows}


def published(
    session: Session, *, part_code: str | None = None, limit: int = 10
) -> list[CommentView]:
    """What the shop shows, newest first: of one part, or of everything that is about the shop."""
    found = _joined().where(Comment.state == CommentState.PUBLISHED)
    if part_code is None:
        found = found.where(Comment.part_id.is_(None))
    else:
        found = found.where(Part.part_code == part_code)
    newest = found.order_by(Comment.created_at.desc(), Comment.id.desc()).limit(limit)
    return [_view(row) for row in session.execute(newest)]


def of_customer(session: Session, customer: Customer, limit: int = 20) -> list[CommentView]:
    """What one customer has said, newest first."""
    found = _joined().where(Comment.customer_id == customer.id)
    return [_view(row) for row in session.execute(found.order_by(Comment.id.desc()).limit(limit))]


_Joined = tuple[Comment, Customer, str | None, str | None, str | None]


def _joined() -> Select[Comment, Customer, str | None, str | None, str | None]:
    return (
        select(Comment, Customer, Part.part_code, Part.name, Staff.name)
        .join(Customer, Customer.id == Comment.customer_id)
        .outerjoin(Part, Part.id == Comment.part_id)
        .outerjoin(Staff, Staff.id == Comment.answered_by)
    )


def _view(row: _Joined) -> CommentView:
    comment, customer, part_code, part_name, staff_name = row
    return CommentView(
        id=comment.id,
        customer_id=customer.public_id,
        customer_name=customer.name,
        kind=comment.kind,
        state=comment.state,
        name=comment.name,
        may_publish=comment.may_publish,
        text=comment.text,
        answer=comment.answer,
        answered_by=staff_name,
        answered_at=comment.answered_at,
        part_code=part_code,
        part_name=part_name,
        created_at=comment.created_at,
    )
