"""Comments and suggestions: read, answered, shown in the shop or put aside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, render_template, request

from channels.console.filled import Filled
from channels.console.frame import actor, blueprint, done, is_fragment, work
from channels.i18n import t
from channels.login import allows
from crm_core import comments, conversations, customers, timeline
from crm_core.comments import CommentState
from crm_core.errors import InvalidInput

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

TABS = (*(str(state) for state in CommentState), "all")


@blueprint.get("/comments", endpoint="comments")
@allows("reply")
def comments_list() -> str:
    """Comments of a state, newest first."""
    tab = request.args.get("tab", "new")
    tab = tab if tab in TABS else "new"
    query = request.args.get("q", "")[:200]
    with work() as session:
        found = comments.listing(
            session,
            state=None if tab == "all" or query else tab,
            query=query,
            cursor=request.args.get("cursor"),
        )
        counts = comments.counts(session)
    page = "console/_comments.html" if is_fragment() else "console/comments.html"
    tab = "all" if query else tab
    return render_template(
        page, rows=found.items, next=found.next, tab=tab, tabs=TABS, q=query, counts=counts
    )


@blueprint.get("/comments/<int:comment_id>")
@allows("reply")
def comment(comment_id: int) -> str:
    """One comment, and what can be done with it."""
    return _page(comment_id, Filled({}))


@blueprint.post("/comments/<int:comment_id>/answer")
@allows("reply")
def answer_comment(comment_id: int) -> ResponseReturnValue:
    """Answer; the writer is sent it."""
    filled = Filled(request.form)
    try:
        with work() as session:
            told = comments.answer(session, comment_id, request.form.get("text", ""), actor=actor())
    except InvalidInput as error:
        filled.refused("text", error)
        return _page(comment_id, filled), 422
    if not told:
        flash(t("comments.unreached"), "info")
    return done(t("comments.answer_sent"), "console.comment", comment_id=comment_id)


@blueprint.post("/comments/<int:comment_id>/publish")
@allows("pages")
def publish_comment(comment_id: int) -> ResponseReturnValue:
    """Show it in the shop."""
    with work() as session:
        comments.publish(session, comment_id, actor=actor())
    return done(t("comments.now_published"), "console.comment", comment_id=comment_id)


@blueprint.post("/comments/<int:comment_id>/hide")
@allows("pages")
def hide_comment(comment_id: int) -> ResponseReturnValue:
    """Put it aside."""
    with work() as session:
        comments.hide(session, comment_id, actor=actor())
    return done(t("comments.now_hidden"), "console.comment", comment_id=comment_id)


def _page(comment_id: int, filled: Filled) -> str:
    with work() as session:
        found = comments.view(session, comment_id)
        writer = customers.by_public_id(session, found.customer_id)
        return render_template(
            "console/comment.html",
            comment=found,
            form=filled,
            talks=conversations.of_customer(session, writer),
            history=timeline.entries(session, subject="comment", subject_id=found.id, limit=40),
            moves={str(state) for state in comments.STATES.after(found.state)},
        )
