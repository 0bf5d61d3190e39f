"""What the bot did not understand: explained by people, learned when nothing gets worse."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from flask import make_response, render_template, request

from channels import login
from channels.console.frame import actor, blueprint, done, is_fragment, trigger, work
from channels.i18n import t
from channels.login import allows
from crm_core import conversations, learning, staff
from crm_core.errors import NotFound

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

    from crm_core.timeline import Actor

STATES = tuple(str(state) for state in learning.State)
SHOWN = 30
DAYS = 14


def _chosen(given: Any) -> dict[str, Any]:
    """Which part of the list is looked at, from the address or from a form."""
    state, order = given.get("state", ""), given.get("order", "")
    return {
        "state": state if state in STATES else STATES[0],
        "order": order if order in learning.ORDERS else learning.ORDERS[0],
        "cursor": given.get("cursor") or None,
    }


def _rows(session: Session, chosen: dict[str, Any]) -> dict[str, Any]:
    found = learning.listing(session, **chosen, limit=SHOWN)
    return {
        **chosen,
        "rows": found.items,
        "next": found.next,
        "groups": learning.rules.INTENTS,
        "counts": learning.counts(session),
        "orders": learning.ORDERS,
        "states": STATES,
    }


def _strip(session: Session) -> dict[str, Any]:
    latest = learning.latest_trainings(session, limit=1)
    may_read = login.me().may("reports")
    return {
        "counts": learning.counts(session),
        "last": latest[0] if latest else None,
        "days": learning.by_day(session, DAYS) if may_read else None,
    }


@blueprint.get("/learning", endpoint="learning")
@allows("reply")
def misunderstood() -> str:
    """The list, with what has been learned so far above it."""
    with work() as session:
        shown = _rows(session, _chosen(request.args))
        if is_fragment():
            return render_template("console/_misunderstood.html", **shown, focus=None)
        return render_template("console/learning.html", **(shown | _strip(session)), focus=None)


@blueprint.get("/learning/state")
@allows("reply")
def learning_state() -> str:
    """The strip above the list: counts, the last training, the days."""
    with work() as session:
        return render_template("console/_learning_state.html", **_strip(session))


@blueprint.post("/learning/<int:row_id>/label")
@allows("reply")
def label_misunderstood(row_id: int) -> ResponseReturnValue:
    """Say what a message meant."""
    intent = request.form.get("label", "")

    def decide(session: Session, by: Actor, person: staff.Staff) -> str:
        count = learning.label(session, row_id, intent, actor=by, staff=person)
        return t("console.learning.labelled", count=count)

    return _decided(decide)


@blueprint.post("/learning/<int:row_id>/dismiss")
@allows("reply")
def dismiss_misunderstood(row_id: int) -> ResponseReturnValue:
    """Say that a message teaches nothing."""

    def decide(session: Session, by: Actor, person: staff.Staff) -> str:
        count = learning.dismiss(session, row_id, actor=by, staff=person)
        return t("console.learning.dismissed", count=count)

    return _decided(decide)


@blueprint.post("/learning/<int:row_id>/reopen")
@allows("reply")
def reopen_misunderstood(row_id: int) -> ResponseReturnValue:
    """Take a decision back."""

    def decide(session: Session, by: Actor, person: staff.Staff) -> str:
        count = learning.reopen(session, row_id, actor=by, staff=person)
        return t("console.learning.reopened", count=count)

    return _decided(decide)


def _decided(decide: Callable[[Session, Actor, staff.Staff], str]) -> ResponseReturnValue:
    """Decide and show the list as it is now; the next message has the focus."""
    chosen = _chosen(request.form)
    with work() as session:
        text = decide(session, actor(), staff.by_id(session, login.me().id))
        if not is_fragment():
            return done(text, "console.learning", **chosen)
        focus = request.form.get("index", 0, int)
        page = render_template(
            "console/_misunderstood.html", **_rows(session, chosen), focus=focus, strip=True
        )
    return trigger(make_response(page), toast={"text": text, "kind": "success"}, learned={})


@blueprint.post("/learning/train")
@allows("train")
def train_labels() -> ResponseReturnValue:
    """Ask for a training; a worker does it, and the strip shows how far it is."""
    with work() as session:
        learning.request(session, actor())
    return done(t("console.learning.asked"), "console.learning")


@blueprint.get("/conversations/<public_id>/messages/<int:message_id>/misunderstood")
@allows("reply")
def flag(public_id: str, message_id: int) -> str:
    """Ask what a customer's message really meant."""
    with work() as session:
        talk = conversations.by_public_id(session, public_id)
        message = _message(session, talk.id, message_id)
        known = learning.by_message(session, message_id)
        return render_template(
            "console/flag.html",
            talk=talk,
            message=message,
            known=known,
            groups=learning.rules.INTENTS,
        )


@blueprint.post("/conversations/<public_id>/messages/<int:message_id>/misunderstood")
@allows("reply")
def flag_message(public_id: str, message_id: int) -> ResponseReturnValue:
    """Keep what a customer's message really meant."""
    with work() as session:
        talk = conversations.by_public_id(session, public_id)
        _message(session, talk.id, message_id)
        person = staff.by_id(session, login.me().id)
        intent = request.form.get("label", "")
        learning.flag(session, message_id, intent, actor=actor(), staff=person)
    text = t("console.learning.flagged")
    return done(text, "console.conversation", public_id=public_id)


def _message(session: Session, talk_id: int, message_id: int) -> conversations.MessageView:
    """A customer's message of this very conversation."""
    if conversations.conversation_of(session, message_id) != talk_id:
        raise NotFound("message_not_found")
    return conversations.message_view(session, message_id)
