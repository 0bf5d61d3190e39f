"""Other programs that hear what happens: whom, what, and what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response, make_response, render_template, request

from channels import context
from channels.console.filled import Filled
from channels.console.frame import actor, blueprint, done, work
from channels.i18n import has, t
from channels.login import allows
from channels.webhooks import trying_out
from crm_core import webhooks
from crm_core.errors import InvalidInput
from crm_core.webhooks import DeliveryState, DeliveryView, WebhookEndpoint

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

TABS = ("all", "pending", "dead", "delivered")
MOST_URL = 500
MOST_NOTE = 120


@blueprint.get("/webhooks", endpoint="webhooks")
@allows("webhooks")
def webhooks_list() -> str:
    """All receivers, and the form for another one."""
    return _list(Filled({}), [])


@blueprint.post("/webhooks")
@allows("webhooks")
def add_webhook() -> ResponseReturnValue:
    """Tell another program."""
    filled, types = Filled(request.form), request.form.getlist("type")
    url = filled.text("url", most=MOST_URL, needed=True)
    note = filled.text("note", most=MOST_NOTE)
    if not filled.wrong:
        try:
            with work() as session:
                made = webhooks.add(
                    session, url, types, actor=actor(), loopback=_loopback(), note=note
                )
                public_id = made.public_id
            return done(t("webhooks.added"), "console.webhook", public_id=public_id)
        except InvalidInput as error:
            filled.refused(_field_of(error), error)
    return _list(filled, types), 422


@blueprint.get("/webhooks/<public_id>", endpoint="webhook")
@allows("webhooks")
def webhook(public_id: str) -> str:
    """One receiver with what was sent to it."""
    return _page(public_id)


@blueprint.post("/webhooks/<public_id>")
@allows("webhooks")
def change_webhook(public_id: str) -> ResponseReturnValue:
    """Another address, other events."""
    filled, types = Filled(request.form), request.form.getlist("type")
    url = filled.text("url", most=MOST_URL, needed=True)
    note = filled.text("note", most=MOST_NOTE)
    if not filled.wrong:
        try:
            with work() as session:
                found = webhooks.by_public_id(session, public_id)
                webhooks.change(
                    session, found, actor=actor(), loopback=_loopback(),
                    url=url, types=types, note=note,
                )  # fmt: skip
            return done(t("console.saved"), "console.webhook", public_id=public_id)
        except InvalidInput as error:
            filled.refused(_field_of(error), error)
    return _page(public_id, form=filled, types=types), 422


@blueprint.post("/webhooks/<public_id>/pause")
@allows("webhooks")
def pause_webhook(public_id: str) -> ResponseReturnValue:
    """Send nothing for now."""
    return _changed(public_id, webhooks.pause, t("webhooks.paused"))


@blueprint.post("/webhooks/<public_id>/resume")
@allows("webhooks")
def resume_webhook(public_id: str) -> ResponseReturnValue:
    """Send again, with all that has waited."""
    return _changed(public_id, webhooks.resume, t("webhooks.resumed"))


@blueprint.post("/webhooks/<public_id>/remove")
@allows("webhooks")
def remove_webhook(public_id: str) -> ResponseReturnValue:
    """Tell it nothing more."""
    with work() as session:
        webhooks.remove(session, _found(session, public_id), actor=actor())
    return done(t("webhooks.removed"), "console.webhooks")


@blueprint.post("/webhooks/<public_id>/test")
@allows("webhooks")
def try_webhook(public_id: str) -> ResponseReturnValue:
    """Send it one event to see whether it works."""
    with work() as session:
        webhooks.ping(session, _found(session, public_id))
    return done(t("webhooks.tried"), "console.webhook", public_id=public_id)


@blueprint.post("/webhooks/<public_id>/secret")
@allows("webhooks")
def show_webhook_secret(public_id: str) -> Response:
    """The secret, on this one page; a page that is asked for with GET never has it."""
    with work() as session:
        secret = webhooks.secret_of(session, _found(session, public_id), actor=actor())
    return make_response(_page(public_id, secret=secret))


@blueprint.post("/webhooks/<public_id>/secret/new")
@allows("webhooks")
def renew_webhook_secret(public_id: str) -> ResponseReturnValue:
    """Sign with another secret."""
    return _changed(public_id, webhooks.new_secret, t("webhooks.renewed"))


@blueprint.post("/webhooks/<public_id>/deliveries/<int:delivery_id>")
@allows("webhooks")
def resend_webhook(public_id: str, delivery_id: int) -> ResponseReturnValue:
    """Send one event again."""
    with work() as session:
        webhooks.resend(session, _found(session, public_id), delivery_id)
    return done(t("webhooks.sent_again"), "console.webhook", public_id=public_id)


def outcome(one: DeliveryView) -> str:
    """How the last attempt ended, in the reader's words."""
    if one.error is None:
        return t("webhooks.error.status", status=one.status) if one.status else ""
    name = f"webhooks.error.{one.error}"
    if has(name):
        return t(name)
    known = one.error.startswith("http_")
    return t("webhooks.error.status", status=one.status) if known else t("webhooks.error.broken")


def _list(filled: Filled, types: list[str]) -> str:
    with work() as session:
        rows = webhooks.endpoints(session)
    return render_template(
        "console/webhooks.html", rows=rows, form=filled, chosen=types, groups=_groups()
    )


def _page(
    public_id: str,
    *,
    form: Filled | None = None,
    types: list[str] | None = None,
    secret: str | None = None,
) -> str:
    tab = request.args.get("tab", "all")
    tab = tab if tab in TABS else "all"
    with work() as session:
        found = webhooks.by_public_id(session, public_id)
        shown = webhooks.view(session, found)
        page = webhooks.deliveries(
            session, endpoint_id=public_id, limit=40, cursor=request.args.get("cursor"),
            state=None if tab == "all" else DeliveryState(tab),
        )  # fmt: skip
    return render_template(
        "console/webhook.html", one=shown, rows=page.items, next=page.next, tab=tab, tabs=TABS,
        form=form or Filled({"url": shown.url, "note": shown.note}), secret=secret,
        chosen=shown.types if types is None else types, groups=_groups(), outcome=outcome,
    )  # fmt: skip


def _groups() -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for kind in webhooks.TYPES:
        groups.setdefault(kind.partition(".")[0], []).append(kind)
    return groups


def _field_of(error: InvalidInput) -> str:
    if error.code.startswith("event_type"):
        return "type"
    return "note" if error.code == "note_too_long" else "url"


def _changed(public_id: str, deed: Callable[..., object], said: str) -> ResponseReturnValue:
    """Back on the receiver's page after ``deed``, a verb of its own, by whoever is logged in."""
    with work() as session:
        deed(session, _found(session, public_id), actor=actor())
    return done(said, "console.webhook", public_id=public_id)


def _found(session: Session, public_id: str) -> WebhookEndpoint:
    return webhooks.by_public_id(session, public_id)


def _loopback() -> bool:
    return trying_out(context.current().settings)
