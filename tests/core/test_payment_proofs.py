"""Proof photos beside earlier ones of other payments; an album that arrives all at once."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import sqlalchemy as sa
from sqlalchemy.orm import Session

from crm_core import orders, payments
from crm_core.conversations import InboundMedia, Message
from crm_core.customers import Customer
from crm_core.orders import Order
from crm_core.payments import Alike, Payment, PaymentState
from crm_core.timeline import Actor
from tests import factories, selling
from tests.world import at_once, committed

LOOK = 0x0F0F_3355_00FF_1234


def photo(session: Session, phash: int | None, sha256: str = "ab" * 32, name: str = "x.jpg") -> int:
    picture = InboundMedia(None, "image/jpeg", name, sha256, 10, phash)
    message = factories.received(session, "", media=(picture,)).message
    return message.media[0].id


def proof(session: Session, order: Order, phash: int | None, sha256: str) -> int:
    """A photo that is reported as the proof of a transfer."""
    media_id = photo(session, phash, sha256, f"{sha256[:4]}.jpg")
    payments.report(session, order, actor=Actor.bot(), media_ids=[media_id])
    return media_id


def test_an_earlier_proof_of_another_order_that_looks_alike_is_held_beside_it(
    session: Session, customer: Customer, placed: tuple[Order, Payment]
) -> None:
    first, _ = placed
    second, _ = selling.placed(session, customer)
    earlier = proof(session, first, LOOK, "1" * 64)
    proof(session, first, ~LOOK, "2" * 64)  # differs in every bit
    mine = proof(session, second, LOOK ^ 0b1011, "3" * 64)
    held = payments.to_compare(session, mine)
    assert held is not None
    assert [(one.media_id, one.path, one.same) for one in held.earlier] == [
        (earlier, "1111.jpg", False)
    ]


def test_only_what_came_before_and_for_another_payment_counts(
    session: Session, customer: Customer, placed: tuple[Order, Payment]
) -> None:
    first, _ = placed
    second, _ = selling.placed(session, customer)
    early = proof(session, first, LOOK, "1" * 64)
    again = proof(session, first, LOOK, "2" * 64)
    proof(session, second, LOOK, "3" * 64)
    for mine in (early, again):
        held = payments.to_compare(session, mine)
        assert held is not None
        assert held.earlier == ()


def test_the_very_same_picture_is_known_without_a_look(
    session: Session, customer: Customer, placed: tuple[Order, Payment]
) -> None:
    first, _ = placed
    second, _ = selling.placed(session, customer)
    earlier = proof(session, first, None, "1" * 64)
    held = payments.to_compare(session, proof(session, second, None, "1" * 64))
    assert held is not None
    assert [(one.media_id, one.same) for one in held.earlier] == [(earlier, True)]


def test_what_was_found_flags_the_payment_and_decides_nothing(
    session: Session, customer: Customer, placed: tuple[Order, Payment]
) -> None:
    first, _ = placed
    second, payment = selling.placed(session, customer)
    earlier = proof(session, first, LOOK, "1" * 64)
    mine = proof(session, second, LOOK, "2" * 64)
    assert payments.uncompared(session) == [earlier, mine]
    for _ in range(2):
        payments.note_likenesses(session, mine, {earlier: Alike("edited", 2)})
    (found,) = payments.view(session, payment).alike
    assert (found.media_id, found.other_media_id, found.other_order_code) == (
        mine,
        earlier,
        first.order_code,
    )
    assert (found.kind, found.lines) == ("edited", 2)
    assert payment.state == PaymentState.REPORTED
    assert payments.uncompared(session) == [earlier]
    flags = [action for action, _ in selling.actions(session, "payment", payment.id)]
    assert flags.count("proof_alike") == 1


def test_a_proof_that_is_like_no_other_is_only_ticked_off(
    session: Session, placed: tuple[Order, Payment]
) -> None:
    order, payment = placed
    mine = proof(session, order, LOOK, "1" * 64)
    payments.note_likenesses(session, mine, {})
    assert payments.uncompared(session) == []
    assert payments.to_compare(session, mine) is None
    assert payments.view(session, payment).alike == ()


def test_ten_photos_at_once_are_one_claim_with_ten_proofs_and_one_code(
    database: sa.Engine,
) -> None:
    def sell(session: Session) -> str:
        selling.part(session)
        selling.account(session)
        return selling.placed(session, factories.conversation(session).customer)[0].order_code

    code = committed(database, sell)

    def send(number: int) -> Callable[[Session], None]:
        def deed(session: Session, number: int) -> None:
            media_id = photo(session, LOOK + number, f"{number:064x}")
            order = orders.by_code(session, code)
            payments.report(session, order, actor=Actor.bot(), media_ids=[media_id])

        return partial(deed, number=number)

    results = at_once(database, *[send(number) for number in range(10)])
    assert [one for one in results if isinstance(one, BaseException)] == []
    with Session(database) as session:
        (row,) = payments.waiting(session)
        assert len(set(row.proof_media_ids)) == 10
        assert row.state == PaymentState.REPORTED
        codes = sa.select(sa.func.count(Message.id)).where(Message.text.contains("Kode konfirmasi"))
        assert session.scalar(codes) == 1
