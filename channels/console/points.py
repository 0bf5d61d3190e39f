"""A customer's points set right by a manager, with the reason on record."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from flask import request

from channels.console.again import again
from channels.console.frame import actor, blueprint, done, work
from channels.i18n import t
from channels.login import allows
from crm_core import customers, loyalty
from crm_core.errors import InvalidInput

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

_SIGNED = re.compile(r"[+\-\u2212]?\s*\d{1,3}(?:\.\d{3})+|[+\-\u2212]?\s*\d{1,7}", re.ASCII)


@blueprint.post("/customers/<public_id>/points")
@allows("stock")
@again("customer")
def correct_points(public_id: str) -> ResponseReturnValue:
    """So many more, or with a minus fewer. A manager's decision, as points are money."""
    said = request.form.get("points", "").strip()
    if not _SIGNED.fullmatch(said):
        raise InvalidInput("points_invalid")
    points = int(said.replace(".", "").replace(" ", "").replace("\u2212", "-"))
    with work() as session:
        found = customers.by_public_id(session, public_id)
        loyalty.correct(session, found.id, points, request.form.get("reason", "")[:500], actor())
    return done(t("console.customer.points_corrected"), "console.customer", public_id=public_id)
