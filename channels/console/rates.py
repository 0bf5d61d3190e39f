"""Where the shop delivers, for how much, and when it takes cash at the door."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response, render_template, request

from channels import parcels
from channels.console import refused
from channels.console.again import again
from channels.console.frame import actor, blueprint, done, is_fragment, work
from channels.console.shipping import uploaded
from channels.i18n import t
from channels.login import allows
from crm_core import clock, shipping
from crm_core.shipping import CodTerms, RatesReport

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

SHOWN = 200


@blueprint.get("/shipping/rates", endpoint="shipping_rates")
@allows("orders")
def rates() -> str:
    """The table of rates, and the shop's word on cash at the door."""
    return _page()


@blueprint.get("/shipping/rates.csv")
@allows("orders")
def rates_csv() -> Response:
    """The whole table as a file that a spreadsheet opens safely and that comes back unchanged."""
    with work() as session:
        table = parcels.rates_csv(shipping.rates(session))
    answer = Response(table, mimetype="text/csv")
    name = f"ongkir-{clock.local_date(clock.now()).isoformat()}.csv"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@blueprint.post("/shipping/rates/import")
@allows("stock")
@again("shipping_rates")
def import_rates() -> str:
    """Try or take in a table of rates; every bad row is named."""
    rows = parcels.read_rows(uploaded(), *shipping.COLUMNS[:8])
    dry_run = request.form.get("mode") != "keep"
    report = parcels.bring_rates(work, rows, actor=actor(), dry_run=dry_run)
    return _page(report, refused.told(rows, report.rejected), dry_run=dry_run)


@blueprint.get("/shipping/rates/<int:rate_id>", endpoint="shipping_rate")
@allows("orders")
def rate(rate_id: int) -> str:
    """One rate to look at and change."""
    with work() as session:
        return render_template("console/shipping_rate.html", rate=shipping.rate(session, rate_id))


@blueprint.get("/shipping/rates/new", endpoint="shipping_rate_new")
@allows("stock")
def new_rate() -> str:
    """A rate for a district, also one that is not in the table yet."""
    return render_template("console/shipping_rate.html", rate=None)


def _page_of_rate(**_: object) -> tuple[str, dict[str, object]]:
    """The page on which the form of a rate or of its district stands."""
    rate_id = request.form.get("rate_id", type=int)
    return ("shipping_rate_new", {}) if rate_id is None else ("shipping_rate", {"rate_id": rate_id})


@blueprint.post("/shipping/rates")
@allows("stock")
@again(_page_of_rate)
def save_rate() -> ResponseReturnValue:
    """Write one rate, new or anew."""
    with work() as session:
        saved = shipping.save_rate(session, request.form, actor=actor())
    return done(t("console.saved"), "console.shipping_rate", rate_id=saved.id)


@blueprint.post("/shipping/rates/<int:rate_id>/remove")
@allows("stock")
def remove_rate(rate_id: int) -> ResponseReturnValue:
    """This way no longer goes there."""
    with work() as session:
        shipping.remove_rate(session, rate_id, actor=actor())
    return done(t("shipping.rate_removed"), "console.shipping_rates")


@blueprint.post("/shipping/districts/<int:district_id>")
@allows("stock")
@again(_page_of_rate)
def rename_district(district_id: int) -> ResponseReturnValue:
    """Correct a district's names."""
    names = {name: request.form.get(name, "") for name in ("regency", "province")}
    with work() as session:
        shipping.rename_district(
            session,
            district_id,
            name=request.form.get("district", ""),
            **names,
            also=request.form.get("also"),
            actor=actor(),
        )
    return done(t("console.saved"), "console.shipping_rates")


@blueprint.post("/shipping/cod")
@allows("stock")
@again("shipping_rates")
def set_cod() -> ResponseReturnValue:
    """When a customer may pay on delivery."""
    form = request.form
    with work() as session:
        terms = CodTerms(
            active="active" in form,
            max_total_idr=_whole(form.get("max_total_idr")),
            min_completed=_whole(form.get("min_completed")),
            most_open=_whole(form.get("most_open")),
            methods=frozenset(form.getlist("method")),
        )
        shipping.set_cod_terms(session, terms, actor=actor())
    return done(t("console.saved"), "console.shipping_rates", _anchor="cod")


def _page(
    report: RatesReport | None = None,
    rejected: list[tuple[int, str]] | None = None,
    *,
    dry_run: bool = False,
) -> str:
    query = request.args.get("q", "")
    with work() as session:
        found = shipping.rates(session, query)
        terms = shipping.cod_terms(session)
    page = "console/_shipping_rates.html" if is_fragment() else "console/shipping_rates.html"
    return render_template(
        page, rows=found[:SHOWN], total=len(found), q=query, terms=terms, report=report,
        rejected=rejected or [], dry_run=dry_run, columns=", ".join(shipping.COLUMNS),
    )  # fmt: skip


def _whole(text: str | None) -> int:
    """Digits as a number, with dots between thousands; -1, which no rule takes, for the rest."""
    plain = (text or "").replace(".", "").strip()
    return int(plain) if plain.isascii() and plain.isdigit() and len(plain) <= 12 else -1
