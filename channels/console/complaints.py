"""Complaints: the board, one complaint's thread, and its way to an end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import render_template, request

from channels.console.again import again
from channels.console.frame import actor, blueprint, done, is_fragment, work
from channels.i18n import t, word
from channels.login import allows
from crm_core import complaints, conversations, customers, timeline
from crm_core.complaints import ComplaintState

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

COLUMNS = (
    ("new", (ComplaintState.OPEN, ComplaintState.REOPENED)),
    ("in_progress", (ComplaintState.IN_PROGRESS,)),
    ("waiting_customer", (ComplaintState.WAITING_CUSTOMER,)),
)
"""The board's columns; settled complaints are in the list behind it."""


@blueprint.get("/complaints", endpoint="complaints")
@allows("reply")
def board() -> str:
    """Unsettled complaints in columns; the settled ones, or a search, as a list."""
    query, state = request.args.get("q", ""), request.args.get("state", "")
    with work() as session:
        counts = complaints.counts(session)
        if query or state in {"resolved", "closed"}:
            found = complaints.listing(
                session, state=state or None, query=query, cursor=request.args.get("cursor")
            )
            return render_template(
                "console/complaint_list.html",
                rows=found.items,
                next=found.next,
                q=query,
                state=state,
                counts=counts,
            )
        open_ = complaints.urgent_first(session)
    columns = [(name, [one for one in open_ if one.state in states]) for name, states in COLUMNS]
    page = "console/_board.html" if is_fragment() else "console/complaints.html"
    return render_template(page, columns=columns, q=query, state=state, counts=counts)


@blueprint.get("/complaints/<code>")
@allows("reply")
def complaint(code: str) -> str:
    """One complaint."""
    with work() as session:
        found = complaints.by_code(session, code)
        return render_template(
            "console/complaint.html",
            complaint=complaints.view(session, found),
            talks=conversations.of_customer(session, customers.by_id(session, found.customer_id)),
            history=timeline.entries(session, subject="complaint", subject_id=found.id, limit=40),
            moves=[str(state) for state in ComplaintState if state in _moves(found.state)],
        )


def _moves(state: ComplaintState) -> set[ComplaintState]:
    """Where staff may bring a complaint from ``state``."""
    return {new for (old, new), move in complaints.STATES.moves.items()
            if old == state and "staff" in move.actors}  # fmt: skip


@blueprint.post("/complaints/<code>/notes")
@allows("reply")
@again("complaint")
def note_complaint(code: str) -> ResponseReturnValue:
    """A word for the colleagues, or an answer to the customer."""
    tell = request.form.get("tell") == "1"
    with work() as session:
        complaints.add_note(
            session,
            complaints.by_code(session, code),
            request.form.get("text", ""),
            actor=actor(),
            tell=tell,
        )
    text = t("console.complaint.answered" if tell else "console.complaint.noted")
    return done(text, "console.complaint", code=code)


@blueprint.post("/complaints/<code>/state")
@allows("reply")
def move_complaint(code: str) -> ResponseReturnValue:
    """Bring the complaint on; the customer is told."""
    state = request.form.get("state", "")
    with work() as session:
        complaints.move(session, complaints.by_code(session, code), state, actor())
    text = t("console.complaint.moved", code=code, state=word("complaint", state))
    return done(text, "console.complaint", code=code)


@blueprint.post("/complaints/<code>/urgency")
@allows("reply")
def complaint_urgency(code: str) -> ResponseReturnValue:
    """Say how much it hurries."""
    with work() as session:
        complaints.set_urgency(
            session,
            complaints.by_code(session, code),
            request.form.get("urgency", ""),
            actor=actor(),
        )
    return done(t("console.saved"), "console.complaint", code=code)
