"""Accounts of the people who work here; an admin's page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import render_template, request

from channels.console.again import again
from channels.console.frame import actor, blueprint, done, work
from channels.i18n import t
from channels.login import allows
from crm_core import staff
from crm_core.staff.rules import ROLES

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue


@blueprint.get("/staff", endpoint="staff")
@allows("staff")
def staff_list() -> str:
    """All accounts."""
    with work() as session:
        return render_template("console/staff.html", rows=staff.listing(session), roles=ROLES)


@blueprint.post("/staff")
@allows("staff")
@again("staff")
def add_staff() -> ResponseReturnValue:
    """Make an account."""
    form = request.form
    with work() as session:
        made = staff.add(
            session,
            email=form.get("email", ""),
            name=form.get("name", ""),
            role=form.get("role", ""),
            password=form.get("password", ""),
            actor=actor(),
        )
        name = made.name
    return done(t("console.staff.added", name=name), "console.staff")


@blueprint.post("/staff/<int:staff_id>")
@allows("staff")
def change_staff(staff_id: int) -> ResponseReturnValue:
    """Change a role, close or open an account."""
    form = request.form
    active = {"1": True, "0": False}.get(form.get("active", ""))
    with work() as session:
        row = staff.by_id(session, staff_id)
        staff.change(session, row, actor=actor(), role=form.get("role"), active=active)
        name = row.name
    return done(t("console.staff.changed", name=name), "console.staff")


@blueprint.post("/staff/<int:staff_id>/password")
@allows("staff")
@again("staff")
def reset_password(staff_id: int) -> ResponseReturnValue:
    """Give somebody a new password; all their sessions end."""
    with work() as session:
        row = staff.by_id(session, staff_id)
        staff.set_password(session, row, request.form.get("password", ""), actor=actor())
        name = row.name
    return done(t("console.staff.password_set", name=name), "console.staff")
