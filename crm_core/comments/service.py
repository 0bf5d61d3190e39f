"""The verbs of comments."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm_core import clock, conversations, timeline
from crm_core.catalogue.models import Part
from crm_core.catalogue.queries import part_row
from crm_core.comments import rules
from crm_core.comments.models import Comment
from crm_core.comments.rules import STATES, CommentKind, CommentState
from crm_core.customers.models import Customer
from crm_core.db import Event, announce, lock_key
from crm_core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from crm_core.orders import Order, OrderLine, OrderState
from crm_core.timeline import Actor

HAD = (OrderState.DELIVERED, OrderState.COMPLETED)
"""Orders whose parts have reached the customer."""
LONGEST_NAME = 80


def leave(
    session: Session,
    customer: Customer,
    text: str,
    *,
    kind: CommentKind | str,
    actor: Actor,
    name: str = "",
    may_publish: bool = False,
    part_code: str | None = None,
    conversation_id: int | None = None,
) -> Comment:
    """Keep what a customer says to the shop; the same words again within a day are kept once.

    ``part_code`` goes with a review, which only who has had the part may write. Raises
    InvalidInput ("comment_empty", "comment_too_long", "comment_links", "comment_kind_unknown"),
    Conflict ("comments_too_many" with ``most`` a day), NotAllowed ("part_not_bought"), NotFound
    ("part_not_found").
    """
    words = rules.checked(text)
    if kind not in list(CommentKind) or (kind == CommentKind.REVIEW) != (part_code is not None):
        raise InvalidInput("comment_kind_unknown")
    lock_key(session, f"comments:{customer.id}")
    known = _said_today(session, customer, words, CommentKind(kind))
    if known is not None:
        return known
    part = part_row(session, part_code) if part_code is not None else None
    if part is not None and not may_review(session, customer, part):
        raise NotAllowed("part_not_bought")
    comment = Comment(
        customer_id=customer.id,
        part_id=part.id if part else None,
        conversation_id=conversation_id,
        kind=CommentKind(kind),
        state=STATES.start,
        name=" ".join(name.split())[:LONGEST_NAME],
        may_publish=may_publish,
        text=words,
        created_at=clock.now(),
    )
    session.add(comment)
    session.flush()
    _record(session, comment, "left", actor, {"kind": str(comment.kind)})
    return comment


def _said_today(
    session: Session, customer: Customer, words: str, kind: CommentKind
) -> Comment | None:
    """The comment with these very words of the last day; Conflict ("comments_too_many")."""
    recent = (
        Comment.customer_id == customer.id,
        Comment.created_at > clock.now() - timedelta(days=1),
    )
    same = select(Comment).where(*recent, Comment.text == words, Comment.kind == str(kind))
    known = session.scalars(same.limit(1)).first()
    if known is None and (
        (session.scalar(select(func.count()).where(*recent)) or 0) >= rules.MOST_A_DAY
    ):
        raise Conflict("comments_too_many", most=rules.MOST_A_DAY)
    return known


def may_review(session: Session, customer: Customer, part: Part | str) -> bool:
    """Whether the customer has had the part, so that they can say something of it."""
    known = (part_row(session, part) if isinstance(part, str) else part).id
    bought = (
        select(OrderLine.id)
        .join(Order, Order.id == OrderLine.order_id)
        .where(Order.customer_id == customer.id, OrderLine.part_id == known, Order.state.in_(HAD))
    )
    return session.scalar(bought.limit(1)) is not None


def answer(session: Session, comment_id: int, text: str, *, actor: Actor) -> bool:
    """Answer a comment; the writer is sent the answer, and it stands under it where it is shown.

    Returns whether there was a way to reach the writer. Raises NotFound ("comment_not_found"),
    InvalidInput ("answer_empty", "comment_too_long").
    """
    words = text.strip()
    if not words:
        raise InvalidInput("answer_empty")
    if len(words) > rules.LONGEST:
        raise InvalidInput("comment_too_long", most=rules.LONGEST)
    comment = _locked(session, comment_id)
    comment.answer, comment.answered_at, comment.answered_by = words, clock.now(), actor.id
    if comment.state == CommentState.PUBLISHED:
        session.flush()
        _record(session, comment, "answered", actor, {})
    else:
        _change(session, comment, CommentState.ANSWERED, actor)
    customer = session.get_one(Customer, comment.customer_id)
    quoted = comment.text if len(comment.text) <= 80 else comment.text[:77] + "..."
    told = conversations.notify_in_browser(
        session, customer, "comment_answered", quoted=quoted.replace("\n", " "), text=words
    )
    return told is not None


def publish(session: Session, comment_id: int, *, actor: Actor) -> Comment:
    """Show a comment on the shop's pages.

    Raises NotFound ("comment_not_found"), Conflict ("comment_private") without the writer's
    consent, ("illegal_transition") for one that is shown already.
    """
    comment = _locked(session, comment_id)
    if not comment.may_publish:
        raise Conflict("comment_private")
    _change(session, comment, CommentState.PUBLISHED, actor)
    return comment


def hide(session: Session, comment_id: int, *, actor: Actor) -> Comment:
    """Put a comment aside; nobody outside sees it any more.

    Raises NotFound ("comment_not_found") and Conflict ("illegal_transition").
    """
    comment = _locked(session, comment_id)
    _change(session, comment, CommentState.HIDDEN, actor)
    return comment


def _locked(session: Session, comment_id: int) -> Comment:
    row = session.scalars(
        select(Comment)
        .where(Comment.id == comment_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        raise NotFound("comment_not_found")
    return row


def _change(session: Session, comment: Comment, new: CommentState, actor: Actor) -> None:
    if new == CommentState.ANSWERED and comment.state == CommentState.ANSWERED:
        step = "answered"
    else:
        step = STATES.check(comment.state, new, actor.kind).name
    comment.state = new
    session.flush()
    _record(session, comment, step, actor, {})


def _record(
    session: Session, comment: Comment, action: str, actor: Actor, facts: dict[str, object]
) -> None:
    timeline.record(
        session,
        subject="comment",
        subject_id=comment.id,
        action=action,
        actor=actor,
        customer_id=comment.customer_id,
        facts=facts,
    )
    announce(session, Event("comment_changed", {"comment_id": comment.id}))
