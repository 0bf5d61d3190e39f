"""Parcels: what leaves today and with whom, what is on its way, tracking numbers from a file."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from flask import render_template, request

from channels import parcels
from channels.console.again import again
from channels.console.frame import actor, blueprint, done, sentence, work
from channels.i18n import t
from channels.login import allows
from crm_core import clock, orders, shipments, shop
from crm_core.errors import InvalidInput

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

SHOWN_DAYS = 3
WAYS = ("driver", "courier", "pickup")


@blueprint.get("/shipping", endpoint="shipping")
@allows("orders")
def shipping_today() -> str:
    """Orders ready to leave by their way, and the batches of these days."""
    today = clock.local_date(clock.now())
    with work() as session:
        ready = shipments.ready(session)
        return render_template(
            "console/shipping.html",
            ready={way: [o for o in ready if o.shipping_method == way] for way in WAYS},
            batches=shipments.batches(session, since=today - timedelta(days=SHOWN_DAYS)),
            today=today,
        )


@blueprint.get("/shipping/way", endpoint="shipping_way")
@allows("orders")
def on_the_way() -> str:
    """Parcels that have left, with their number and latest news."""
    state = request.args.get("tab", "shipped")
    state = state if state in {"shipped", "packed", "delivered"} else "shipped"
    with work() as session:
        found = shipments.listing(
            session, states=[state], cursor=request.args.get("cursor"), limit=40
        )
    return render_template(
        "console/shipping_way.html", tab=state, rows=found.items, next=found.next
    )


@blueprint.post("/shipping/batches")
@allows("orders")
@again("shipping")
def make_batch() -> ResponseReturnValue:
    """Put the ticked orders into the batch of a day and courier."""
    form = request.form
    codes = form.getlist("order")
    if not codes:
        raise InvalidInput("no_orders_chosen")
    with work() as session:
        batch = shipments.open_batch(
            session,
            day=_day(form.get("day")),
            method=form.get("method", ""),
            courier=form.get("courier", ""),
            actor=actor(),
        )
        shipments.add_orders(session, batch.id, codes, actor=actor())
        batch_id = batch.id
    return done(t("shipping.added", count=len(codes)), "console.batch", batch_id=batch_id)


@blueprint.get("/shipping/batches/<int:batch_id>")
@allows("orders")
def batch(batch_id: int) -> str:
    """One batch: what is in it and what is to be done next."""
    with work() as session:
        found = shipments.batch(session, batch_id)
    return render_template("console/batch.html", batch=found)


@blueprint.get("/shipping/batches/<int:batch_id>/packing")
@allows("orders")
def packing_list(batch_id: int) -> str:
    """To print: what to take from the shelf, and what goes into which parcel."""
    return _paper("console/packing_list.html", batch_id)


@blueprint.get("/shipping/batches/<int:batch_id>/manifest")
@allows("orders")
def manifest(batch_id: int) -> str:
    """To print: what the driver or courier takes over, to be signed."""
    return _paper("console/manifest.html", batch_id)


@blueprint.post("/shipping/batches/<int:batch_id>/pack")
@allows("orders")
def pack_batch(batch_id: int) -> ResponseReturnValue:
    """All orders of the batch, or the one named, lie in their parcels."""
    wanted = request.form.get("order")
    packed = 0
    for order_id in _orders_of(batch_id, wanted):
        with work() as session:  # each order for itself: one that was ended stops no other
            packed += shipments.pack_order(session, batch_id, order_id, actor=actor())
    return done(t("shipping.packed", count=packed), "console.batch", batch_id=batch_id)


@blueprint.post("/shipping/batches/<int:batch_id>/take-out")
@allows("orders")
def take_out_of_batch(batch_id: int) -> ResponseReturnValue:
    """This order does not leave with this batch."""
    code = request.form.get("order", "")
    with work() as session:
        shipments.take_out(session, batch_id, code, actor=actor())
    return done(t("shipping.taken_out", code=code), "console.batch", batch_id=batch_id)


@blueprint.post("/shipping/batches/<int:batch_id>/close")
@allows("orders")
def close_batch(batch_id: int) -> ResponseReturnValue:
    """Nothing more comes in."""
    with work() as session:
        shipments.close_batch(session, batch_id, actor=actor())
    return done(t("shipping.closed"), "console.batch", batch_id=batch_id)


@blueprint.post("/shipping/batches/<int:batch_id>/reopen")
@allows("orders")
def reopen_batch(batch_id: int) -> ResponseReturnValue:
    """Something is to be changed."""
    with work() as session:
        shipments.reopen_batch(session, batch_id, actor=actor())
    return done(t("console.saved"), "console.batch", batch_id=batch_id)


@blueprint.post("/shipping/batches/<int:batch_id>/hand-over")
@allows("orders")
def hand_over_batch(batch_id: int) -> ResponseReturnValue:
    """The driver or courier has the parcels; what was interrupted is gone on with."""
    with work() as session:
        if shipments.batch(session, batch_id).state != shipments.BatchState.HANDED_OVER:
            shipments.hand_over_batch(session, batch_id, actor=actor())
    sent = 0
    for order_id in _orders_of(batch_id, None):
        with work() as session:
            sent += shipments.ship_order(session, batch_id, order_id, actor=actor())
    return done(t("shipping.handed_over", count=sent), "console.batch", batch_id=batch_id)


@blueprint.get("/shipping/numbers", endpoint="shipping_numbers")
@allows("orders")
def numbers() -> str:
    """Bring a file of tracking numbers."""
    return render_template("console/shipping_numbers.html", report=None)


@blueprint.post("/shipping/numbers")
@allows("orders")
@again("shipping_numbers")
def bring_numbers() -> str:
    """Try or take in a file of tracking numbers; what became of each row."""
    rows = parcels.read_rows(uploaded(), "order_code", "tracking_number")
    dry_run = request.form.get("mode") != "keep"
    report = parcels.bring_numbers(
        work, rows, actor=actor(), ship="ship" in request.form, dry_run=dry_run
    )
    rejected = [
        (parcels.sheet_row(rows, row), code, sentence(error))
        for row, code, error in report.rejected
    ]
    return render_template(
        "console/shipping_numbers.html", report=report, rejected=rejected, dry_run=dry_run
    )


def _page_of_parcel(code: str) -> tuple[str, dict[str, object]]:
    """The page on which the form of the parcel's number stands: its batch's or its order's."""
    batch_id = request.form.get("batch_id", type=int)
    return ("order", {"code": code}) if batch_id is None else ("batch", {"batch_id": batch_id})


@blueprint.post("/orders/<code>/tracking")
@allows("orders")
@again(_page_of_parcel)
def set_tracking(code: str) -> ResponseReturnValue:
    """Note or correct one parcel's number."""
    with work() as session:
        orders.set_tracking(
            session,
            orders.by_code(session, code),
            actor(),
            request.form.get("tracking_number", ""),
            request.form.get("courier"),
        )
    return done(t("shipping.number_kept", code=code), "console.order", code=code)


@blueprint.post("/orders/<code>/events")
@allows("orders")
@again("order")
def add_news(code: str) -> ResponseReturnValue:
    """Keep what the driver or courier reports of a parcel."""
    with work() as session:
        shipments.add_event(
            session,
            orders.by_code(session, code),
            kind=request.form.get("kind", ""),
            at=clock.now(),
            text=request.form.get("text", ""),
            place=request.form.get("place"),
            source=actor().name,
            actor=actor(),
        )
    return done(t("shipping.news_kept"), "console.order", code=code)


def uploaded() -> bytes:
    """The bytes of the file of a form: InvalidInput ("file_missing") without one."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        raise InvalidInput("file_missing")
    with sent.stream:
        return sent.stream.read(parcels.MOST_BYTES + 1)


def _paper(template: str, batch_id: int) -> str:
    with work() as session:
        facts = shop.facts(session)
        found = shipments.batch(session, batch_id)
    return render_template(template, batch=found, shop=facts, printed=clock.now())


def _orders_of(batch_id: int, code: str | None) -> list[int]:
    with work() as session:
        found = shipments.batch(session, batch_id).orders
    return [one.id for one in found if code in {None, one.order_code}]


def _day(text: str | None) -> date:
    if not text:
        return clock.local_date(clock.now())
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidInput("day_invalid") from None
