"""What customers asked for in vain: what to buy next, by how often or by how much rupiah."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from flask import render_template, request

from channels.console.frame import blueprint, work
from channels.login import allows
from crm_core import clock, reports

SPANS = (7, 30, 90)
"""Days to look back that are offered."""
MOST = 100


@blueprint.get("/wishes")
@allows("reports")
def wishes() -> str:
    """The ranked list of one span."""
    asked = request.args.get("days", type=int)
    days = asked if asked in SPANS else 30
    by: Literal["times", "value"] = "value" if request.args.get("by") == "value" else "times"
    with work() as session:
        since = clock.now() - timedelta(days=days)
        rows = reports.wishes(session, since=since, limit=MOST, by=by)
        return render_template("console/wishes.html", rows=rows, days=days, by=by, spans=SPANS)
