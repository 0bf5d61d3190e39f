"""The console's blueprint: who may enter, what every page shows, how a refusal is told."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import structlog
from flask import (
    Blueprint,
    current_app,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.exceptions import HTTPException

from channels import context, login
from channels.errors import status_of
from channels.i18n import has, t, word
from channels.shown import rupiah
from crm_core.errors import CrmError
from crm_core.money import Rupiah
from crm_core.timeline import Actor

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from flask import Response
    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

STATE_WORDS = {
    "difference": "difference_state", "bank_mutation": "mutation", "bargain": "bargain_state",
}  # fmt: skip
"""What has states under another name than its own, in the words for states."""
log = structlog.get_logger(__name__)

blueprint = Blueprint("console", __name__, url_prefix="/console")


blueprint.before_request(login.guard)


@blueprint.after_request
def _private(answer: Response) -> Response:
    """What staff see is kept by no cache on the way and by no browser after sign-out."""
    answer.headers.setdefault("Cache-Control", "no-store")
    return answer


def work() -> AbstractContextManager[Session]:
    """One transaction for the view."""
    return context.current().unit_of_work()


def actor() -> Actor:
    """The signed-in person as the one who changes something."""
    return Actor.of_staff(login.me())


def is_fragment() -> bool:
    """Whether only a part of the page is asked for."""
    return "HX-Request" in request.headers


def done(text: str, endpoint: str, **values: object) -> ResponseReturnValue:
    """A change has been made: say so on the page that shows its result."""
    flash(text, "success")
    return redirect(url_for(endpoint, **values), 303)  # type: ignore[arg-type]


def sentence(error: CrmError) -> str:
    """What a refusal of the core is in the reader's words."""
    name = f"forms.{error.code}.{error.facts.get('field')}"
    if error.code == "column_invalid":
        name = f"imports.column.{error.facts.get('column')}"
    if not has(name):
        name = f"errors.{error.code}"
    if not has(name):
        return t("errors.unknown", code=error.code)
    facts = {key: _plain(fact) for key, fact in error.facts.items()}
    if error.code == "illegal_transition":
        group = STATE_WORDS.get(str(facts["subject"]), str(facts["subject"]))
        facts |= {side: word(group, facts[side]) for side in ("old", "new")}
    try:
        return t(name, **facts)
    except KeyError:  # the core named fewer facts than the sentence wants
        return t("errors.unknown", code=error.code)


def _plain(fact: object) -> object:
    return rupiah(fact) if isinstance(fact, Rupiah) else fact


def trigger(answer: Response, **events: object) -> Response:
    """Let the page hear ``events`` with this answer."""
    answer.headers["HX-Trigger"] = json.dumps(events)
    return answer


@blueprint.errorhandler(CrmError)
def _refused(error: CrmError) -> ResponseReturnValue:
    status = status_of(error)
    if status >= 500:
        log.error("request_failed", code=error.code, status=status)
    if is_fragment():
        answer = make_response("", status)
        answer.headers["HX-Reswap"] = "none"
        return trigger(answer, toast={"text": sentence(error), "kind": "error"})
    if request.method == "POST" and login.signed_in():
        flash(sentence(error), "error")
        return redirect(_came_from(), 303)
    return render_template("console/error.html", status=status, text=sentence(error)), status


@blueprint.errorhandler(HTTPException)
def _not_answered(error: HTTPException) -> ResponseReturnValue:
    status = error.code or 500
    if error.response is not None or status < 400:
        return error
    name = f"errors.http_{status}"
    text = t(name) if has(name) else t("errors.http_500")
    if is_fragment():
        return trigger(make_response("", status), toast={"text": text, "kind": "error"})
    return render_template("console/error.html", status=status, text=text), status


def _came_from() -> str:
    """The console page whose form was sent, if the browser says so; else the first page."""
    parts = urlsplit(request.referrer or "")
    here = parts.netloc == request.host
    wanted = f"{parts.path}?{parts.query}" if parts.query else parts.path
    return login.safe_next(wanted if here and _opens(parts.path) else None, url_for("console.home"))


def _opens(path: str) -> bool:
    """Whether ``path`` can be asked for; the address of a form that was refused cannot."""
    try:
        current_app.url_map.bind(request.host).match(path, method="GET")
    except HTTPException:
        return False
    return True
