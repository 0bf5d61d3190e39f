"""What a customer does on the page. Each is one verb of the core, with the customer as actor."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from flask import request

from channels import context, gateway, media
from channels.i18n import t
from channels.orderpage.frame import actor, blueprint, done, limited, owner, the_order, work
from crm_core import checkout, complaints, conversations, effects, orders, payments
from crm_core.carts.rules import checked_quantity
from crm_core.conversations.rules import clean
from crm_core.errors import Conflict, InvalidInput, NotFound
from crm_core.payments import PaymentState

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

    from crm_core.conversations import InboundMedia
    from crm_core.orders import Order
    from crm_core.payments import Payment

LONGEST_WORDS = 2000


@blueprint.post("/proof")
@limited("12/hour")
def proof() -> ResponseReturnValue:
    """ "I have paid": a photo, or the name on the account it came from, or both."""
    sender = _typed("sender", 120)
    picture = _picture()
    if picture is None and not sender:
        raise InvalidInput("proof_empty")
    with work() as db:
        order = the_order(db)
        _refuse_paid(_payment(db, order))
        message = _kept(db, order, sender, picture)
        payment = payments.report(
            db,
            order,
            actor=actor(db, order),
            text=message.text,
            media_ids=[one.id for one in message.media],
            message_id=message.id,
            sender_name=sender or None,
        )
        sent = payments.code_sent_to(payment)
    return done("proof_code" if sent else "proof", "status")


@blueprint.post("/code")
@limited("20/hour")
def code() -> ResponseReturnValue:
    """The six digits that came by SMS. A wrong one counts, so it is committed as well."""
    with work() as db:
        order = the_order(db)
        digits = "".join(_typed("code", 20).split())
        right = payments.confirm_sms_code(db, _payment(db, order), digits, actor=actor(db, order))
    return done("code_right" if right else "code_wrong", "status")


@blueprint.post("/code/again")
@limited("6/hour")
def code_again() -> ResponseReturnValue:
    """Another SMS with another code."""
    with work() as db:
        order = the_order(db)
        payments.send_code(db, _payment(db, order), actor=actor(db, order))
    return done("code_sent", "status")


@blueprint.post("/change")
@limited("30/hour")
def change() -> ResponseReturnValue:
    """Other quantities; none of a part takes it out."""
    with work() as db:
        order = the_order(db)
        wanted = {
            line.part_code: _quantity(request.form.get(f"q-{line.part_code}", ""), line.quantity)
            for line in order.lines
        }
        changed = checkout.change_quantities(db, order, wanted, actor=actor(db, order))
    return done("changed" if changed else "unchanged", "items")


@blueprint.post("/note")
@limited("30/hour")
def note() -> ResponseReturnValue:
    """What people who pack and bring it are to know, of the order and of each part."""
    with work() as db:
        order = the_order(db)
        who = actor(db, order)
        changed = orders.write_note(db, order, _typed("note", 1000), actor=who)
        for code in [line.part_code for line in order.lines]:
            words = _typed(f"n-{code}", 400)
            changed |= orders.write_note(db, order, words, actor=who, part_code=code)
    return done("noted" if changed else "unchanged", "items")


@blueprint.post("/cancel")
@limited("12/hour")
def cancel() -> ResponseReturnValue:
    """No longer wanted, while nothing is paid."""
    reason = _typed("reason", 500)
    with work() as db:
        order = the_order(db)
        checkout.cancel(
            db, order, actor=actor(db, order), reason=reason or t("orderpage.cancel.no_reason")
        )
    return done("cancelled")


@blueprint.post("/online")
@limited("12/hour")
def online() -> ResponseReturnValue:
    """A page of the gateway's, on which exactly what is due can be paid."""
    here = context.current()
    provider = gateway.configured(here.settings)
    if provider is None:
        raise NotFound("gateway_not_offered")
    with work() as db:
        order = the_order(db)
        charge = payments.begin_charge(db, _payment(db, order), provider.name)
        reference, amount, opened = charge.reference, int(charge.amount_idr), charge.page_url
        code = order.order_code
    if opened is None:
        address = provider.open_page(reference, amount, code)  # outside of any transaction
        with work() as db:
            payments.page_opened(db, reference, address)
    return done("online", "pay")


@blueprint.post("/complain")
@limited("10/hour")
def complain() -> ResponseReturnValue:
    """Something is wrong. The same words again are the same complaint."""
    words = _typed("text", LONGEST_WORDS)
    with work() as db:
        order = the_order(db)

        def file() -> dict[str, object]:
            filed = complaints.file(
                db, owner(db, order), words, actor=actor(db, order), order=order
            )
            return {"complaint_code": filed.complaint_code}

        same = hashlib.sha256(words.encode()).hexdigest()[:32]
        effects.once(db, f"order-page:complaint:{order.id}:{same}", file)
    return done("complained", "complain")


def _typed(field: str, longest: int) -> str:
    """A field without what no database keeps (NUL, half signs)."""
    return clean(request.form.get(field, ""), longest).strip()


def _payment(db: Session, order: Order) -> Payment:
    payment = payments.for_order(db, order)
    if payment is None:
        raise NotFound("payment_not_found", order_code=order.order_code)
    return payment


def _refuse_paid(payment: Payment) -> None:
    """What is paid needs no proof; of an order that has ended, a person sees the money's fate."""
    if payment.state in {PaymentState.ACCEPTED, PaymentState.REFUNDED}:
        raise Conflict("paid_already")


def _picture() -> InboundMedia | None:
    """The uploaded photo, decoded and drawn anew; the name it came with is not looked at."""
    sent = request.files.get("photo")
    if sent is None or not sent.filename:
        return None
    with sent.stream:
        return media.uploaded(context.current().settings, sent.read())


def _kept(
    db: Session, order: Order, sender: str, picture: InboundMedia | None
) -> conversations.Message:
    """The report as a message in the customer's conversation, where staff see it too."""
    words = t("orderpage.proof.message", code=order.order_code)
    if sender:
        words = t("orderpage.proof.message_from", code=order.order_code, sender=sender)
    what = picture.sha256 if picture else hashlib.sha256(sender.casefold().encode()).hexdigest()
    return conversations.keep_upload(
        db,
        owner(db, order),
        key=f"order-page:{order.id}:{what}",
        text=words,
        media=picture,
        conversation_id=order.conversation_id,
    )


def _quantity(typed: str, before: int) -> int:
    """A whole number from the form; a field that was not sent changes nothing."""
    digits = typed.strip()
    if not digits:
        return before
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 6):
        raise InvalidInput("quantity_invalid")
    return checked_quantity(int(digits)) if int(digits) else 0
