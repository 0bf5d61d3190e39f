"""A form that was refused is shown once more on its own page, as it was filled in.

The views of newer forms keep every refusal beside its field by themselves (``filled``). For those
whose values the core alone judges, ``again`` does the same with the core's refusal.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

from flask import current_app, g, make_response, request, url_for

from channels.console.filled import Filled
from channels.console.frame import blueprint, is_fragment, sentence
from channels.errors import status_of
from crm_core.errors import CrmError

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    View = Callable[..., ResponseReturnValue]
    Place = tuple[str, dict[str, Any]]

BESIDE = {
    "reason_missing": "reason", "quantity_invalid": "quantity", "stock_reserved": "quantity",
    "courier_missing": "courier", "text_missing": "text", "note_empty": "text",
    "email_invalid": "email", "email_taken": "email", "name_missing": "name",
    "role_unknown": "role", "password_weak": "password", "points_invalid": "points",
    "points_short": "points", "money_unreadable": "amount", "amount_invalid": "amount",
    "tracking_invalid": "tracking_number", "day_invalid": "day", "order_not_found": "order",
    "bank_account_needed": "account", "bank_account_unknown": "account", "methods": "method",
    "phone_invalid": "phone",
}  # fmt: skip
"""Refusal -> the field it is about, where the core does not name one."""


def again(page: str | Callable[..., Place]) -> Callable[[View], View]:
    """Show ``page`` with the form when the core refuses what the view was sent.

    ``page`` names a view that takes some of the arguments of this one, or is asked with all of
    them for a view and its arguments. A refusal that leaves no such page, and one of a part of a
    page, is told as before.
    """

    def around(view: View) -> View:
        @wraps(view)
        def tried(**values: Any) -> ResponseReturnValue:
            try:
                return view(**values)
            except CrmError as error:
                if is_fragment() or status_of(error) >= 500:
                    raise
                try:
                    name, known = page(**values) if callable(page) else _same(page, values)
                    return reshown(_refused(error), name, **known)
                except CrmError:
                    raise error from None

        return tried

    return around


def reshown(filled: Filled, page: str, **known: Any) -> ResponseReturnValue:
    """The view ``page`` with the form that was sent as it was ``filled`` in."""
    sent_to = (request.endpoint or "").partition(".")[2]
    g.refused = (sent_to, request.view_args or {}, filled)
    g.page_of_form = url_for(f"console.{page}", **known)
    return make_response(current_app.view_functions[f"console.{page}"](**known), 422)


def _refused(error: CrmError) -> Filled:
    filled = Filled(request.form)
    field = _field_of(error)
    if field is None:
        filled.wrong[""] = sentence(error)
    else:
        filled.refused(field, error)
    return filled


def _same(page: str, values: dict[str, Any]) -> Place:
    rule = next(current_app.url_map.iter_rules(f"console.{page}"))
    return page, {name: value for name, value in values.items() if name in rule.arguments}


def _field_of(error: CrmError) -> str | None:
    """The field of the form that the refusal is about; None if the form has no such field."""
    named = str(error.facts.get("field") or error.facts.get("column") or error.code)
    field = BESIDE.get(named, named)
    return field if field in request.form else None


def _filled(view: str, **values: Any) -> Filled:
    """What was typed for ``view`` and refused just now, else a form that nobody has touched."""
    refused: tuple[str, dict[str, Any], Filled] | None = g.get("refused")
    if refused is not None and refused[0] == view:
        known = refused[1]
        if all(known.get(name) == value for name, value in values.items()):
            return refused[2]
    return Filled({})


@blueprint.app_context_processor
def _forms() -> dict[str, object]:
    said = next(iter(g.refused[2].wrong.values()), "") if "refused" in g else ""
    return {"filled": _filled, "page_of_form": g.get("page_of_form", ""), "refusal": said}
