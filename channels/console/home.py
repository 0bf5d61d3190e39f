"""The first page: what needs somebody now, and how the day goes."""

from __future__ import annotations

from flask import render_template

from channels import login
from channels.console.frame import blueprint, is_fragment, work
from channels.console.live import counts
from channels.login import SIGNED_IN, allows
from crm_core import clock, complaints, handoffs, payments, privacy, reports, shop, webhooks


@blueprint.get("", endpoint="home")
@allows(SIGNED_IN)
def home() -> str:
    """Today at a glance."""
    now = clock.now()
    with work() as session:
        shown = {
            "counts": counts(session),
            "today": reports.today(session, now),
            "waiting": handoffs.waiting(session, limit=6),
            "payments": payments.waiting(session, limit=5),
            "old_differences": payments.worklist.old(
                session, login.me().id, manages=login.me().may("bank")
            ),
            "leftovers": privacy.remaining(session) if login.me().may("privacy") else [],
            "receivers": webhooks.troubled(session) if login.me().may("webhooks") else [],
            "complaints": complaints.urgent_first(session, limit=5),
            "open": shop.is_open(session, now),
            "opens_at": shop.next_opening(session, now),
        }
        page = "console/_home.html" if is_fragment() else "console/home.html"
        return render_template(page, **shown, name=login.me().name.split()[0], at=now)


@blueprint.get("/")
@allows(SIGNED_IN)
def home_with_slash() -> str:
    """The same page for those who type the slash."""
    return home()
