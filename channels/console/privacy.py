"""What a customer may ask of the shop about their data; a manager does it and it is on record."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from flask import Response, request

from channels.console.again import again, reshown
from channels.console.filled import Filled
from channels.console.frame import actor, blueprint, done, work
from channels.i18n import t
from channels.login import allows
from crm_core import clock, customers, privacy

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue


@blueprint.post("/customers/<public_id>/export")
@allows("privacy")
def export_customer(public_id: str) -> Response:
    """Everything stored about the customer, as a JSON file."""
    with work() as session:
        given = privacy.give(session, customers.by_public_id(session, public_id), actor=actor())
    name = f"customer-{public_id[:8]}-{clock.local_date(clock.now()).isoformat()}.json"
    answer = Response(
        json.dumps(given, ensure_ascii=False, indent=2) + "\n", mimetype="application/json"
    )
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.post("/customers/<public_id>/correct")
@allows("privacy")
@again("customer")
def correct_customer(public_id: str) -> ResponseReturnValue:
    """Set the phone, the e-mail address and the consent to promotions."""
    form = request.form
    with work() as session:
        found = customers.by_public_id(session, public_id)
        if phone := form.get("phone", "").strip():
            customers.set_phone(session, found, phone, actor=actor())
        email = form.get("email", "").strip()
        if email and email.lower() != (found.email or ""):
            customers.set_email(session, found, email, actor=actor())
        if form.get("promo") in {"yes", "no"}:
            customers.set_consent(session, found, promo=form["promo"] == "yes", actor=actor())
    return done(t("privacy.corrected"), "console.customer", public_id=public_id)


@blueprint.post("/customers/<public_id>/erase")
@allows("privacy")
@again("customer")
def erase_customer(public_id: str) -> ResponseReturnValue:
    """Forget the customer for good, once the word was typed that nobody types by accident."""
    filled, word = Filled(request.form), t("privacy.word")
    if filled.text("word", most=20).upper() != word:
        filled.wrong.setdefault("word", t("privacy.word_wrong", word=word))
        return reshown(filled, "customer", public_id=public_id)
    with work() as session:
        privacy.erase(session, customers.by_public_id(session, public_id), actor=actor())
    return done(t("privacy.erased"), "console.customers")
