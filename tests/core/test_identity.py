"""One customer instead of two: only on proof, completely, once, whatever happens meanwhile."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from crm_core import carts, catalogue, complaints, conversations, customers, identity, orders
from crm_core.customers import Customer
from crm_core.db import Base
from crm_core.errors import Conflict, InvalidInput, NotAllowed
from crm_core.identity import PhoneCode, PhoneProof, merging
from crm_core.timeline import Actor, entries
from tests import factories, selling
from tests.factories import BUDI, BUDI_SMS, MOMENT
from tests.world import at_once, committed

NUMBER, PHONE = "0812-3456-7890", "+6281234567890"
BROWSER, PAGE, NEW = "b" * 32, "web:" + "b" * 32, "web:" + "c" * 32


@pytest.fixture(autouse=True)
def moment() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(MOMENT, tick=False) as traveller:
        yield traveller


def ask(session: Session, number: str = NUMBER, **more: str) -> str:
    """Ask for a code; the code as it was sent."""
    values = {"browser": BROWSER, "origin": "10.0.0.1", "language": "id", "shop": "Sapa"} | more
    phone = identity.ask_code(session, number, **values)  # type: ignore[arg-type]
    sent = session.scalars(sa.select(PhoneCode).where(PhoneCode.phone == phone)).all()[-1]
    message = session.get_one(conversations.Message, sent.message_id)
    found = re.search(r"\b\d{6}\b", message.text)
    assert found is not None
    return found.group()


def proven(session: Session, number: str = NUMBER, browser: str = BROWSER) -> PhoneProof:
    code = ask(session, number, browser=browser, origin=browser)
    proof = identity.prove(session, number, code, browser=browser)
    assert proof is not None
    return proof


def visitor(session: Session, address: str = PAGE) -> Customer:
    return customers.for_address(session, "web", address)


def test_the_right_code_proves_the_phone_once_and_its_text_is_kept_nowhere(
    session: Session,
) -> None:
    code = ask(session)
    assert identity.prove(session, NUMBER, f" {code[:3]} {code[3:]}", browser=BROWSER) is not None
    with pytest.raises(Conflict, match="code_spent"):
        identity.prove(session, NUMBER, code, browser=BROWSER)
    row = session.scalars(sa.select(PhoneCode)).one()
    assert code not in row.code_hash
    assert len(row.code_hash) == 64


def test_five_wrong_codes_end_the_right_one(session: Session) -> None:
    code = ask(session)
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    for _ in range(5):
        assert identity.prove(session, NUMBER, wrong, browser=BROWSER) is None
    with pytest.raises(Conflict, match="code_spent"):
        identity.prove(session, NUMBER, code, browser=BROWSER)


@pytest.mark.parametrize(("seconds", "good"), [(599, True), (601, False)])
def test_a_code_is_good_for_ten_minutes(
    session: Session, moment: time_machine.Traveller, seconds: int, good: bool
) -> None:
    code = ask(session)
    moment.shift(timedelta(seconds=seconds))
    if good:
        assert identity.prove(session, NUMBER, code, browser=BROWSER) is not None
    else:
        with pytest.raises(Conflict, match="code_spent"):
            identity.prove(session, NUMBER, code, browser=BROWSER)


def test_a_code_works_only_in_the_browser_that_asked(session: Session) -> None:
    code = ask(session)
    with pytest.raises(Conflict, match="code_spent"):
        identity.prove(session, NUMBER, code, browser="d" * 32)


def test_three_codes_an_hour_for_a_phone_and_for_an_address(
    session: Session, moment: time_machine.Traveller
) -> None:
    for origin in ("10.0.0.1", "10.0.0.2", "10.0.0.3"):
        ask(session, origin=origin)
    with pytest.raises(Conflict, match="codes_spent"):
        ask(session, origin="10.0.0.4")
    for number in ("0813-1111-2221", "0813-1111-2222"):
        ask(session, number, origin="10.0.0.1")
    with pytest.raises(Conflict, match="codes_spent"):
        ask(session, "0813-1111-2223", origin="10.0.0.1")
    moment.shift(timedelta(minutes=61))
    assert ask(session)


def test_parallel_requests_get_three_codes_and_no_more(database: sa.Engine) -> None:
    made = at_once(database, *[ask] * 6)
    refused = [one for one in made if isinstance(one, Conflict)]
    assert len(refused) == 3
    assert {one.code for one in refused} == {"codes_spent"}


def test_a_code_goes_to_whatsapp_while_that_is_open_else_by_sms(
    session: Session, moment: time_machine.Traveller
) -> None:
    factories.conversation(session)
    ask(session)
    moment.shift(timedelta(hours=24))
    ask(session)
    channels = session.scalars(sa.select(PhoneCode.channel).order_by(PhoneCode.id)).all()
    assert channels == ["whatsapp", "sms"]
    assert customers.known_at(session, BUDI_SMS) is customers.known_at(session, BUDI)


def test_a_code_that_is_over_can_be_read_nowhere(
    session: Session, moment: time_machine.Traveller
) -> None:
    code = ask(session)
    message = session.get_one(
        conversations.Message, session.scalars(sa.select(PhoneCode.message_id)).one()
    )
    factories.delivered(session, message)
    identity.tidy(session)
    assert code in message.text
    moment.shift(timedelta(minutes=11))
    identity.tidy(session)
    assert code not in message.text


def test_nonsense_is_no_phone(session: Session) -> None:
    with pytest.raises(InvalidInput, match="phone_invalid"):
        ask(session, "12")
    assert session.scalars(sa.select(Customer)).all() == []


def everything_of(session: Session, customer: Customer) -> None:
    """Something of theirs in as many tables as a visitor can reach."""
    actor = Actor.customer(customer)
    carts.add(session, customer, selling.PADS, 2, actor)
    customers.add_bike(session, customer, "Beat", "FI", 2013)
    catalogue.record_wish(
        session, query="spion", reason="not_found", customer_id=customer.id, notify=True
    )
    selling.order(session, customer)
    customers.remember_address(
        session, customer, recipient_name="Budi", phone=None, address="Jl. A 1", district_id=None
    )
    complaints.file(session, customer, "Barangnya lecet", actor=actor)


def test_signing_in_brings_everything_to_the_phones_customer(session: Session) -> None:
    selling.part(session, pieces=20)
    owner = factories.customer(session)
    conversations.receive(session, factories.inbound("halo", PAGE))
    here = visitor(session)
    everything_of(session, here)
    carts.add(session, owner, selling.PADS, 3, Actor.customer(owner))
    customers.add_bike(session, owner, "Beat", "FI", 2013)
    found = identity.sign_in(session, proven(session), old=PAGE, new=NEW)
    assert found.id == owner.id
    assert [line.quantity for line in carts.show(session, owner).lines] == [5]
    assert [(one.model, one.year) for one in customers.bikes(session, owner)] == [("Beat", 2013)]
    assert len(orders.of_customer(session, owner)) == 1
    assert [one.query for one in catalogue.wishes_of(session, owner.id)] == ["spion"]
    assert {one.channel for one in conversations.of_customer(session, owner)} == {"web", "sms"}
    assert (customers.known_at(session, NEW), customers.known_at(session, PAGE)) == (owner, None)
    assert left_with(session, here.id) == {"carts": 1}  # empty, for whoever waits for it


def left_with(session: Session, customer_id: int) -> dict[str, int]:
    """Rows by table that still name a customer."""
    left = {}
    for column in merging.columns():
        found = session.scalar(
            sa.select(sa.func.count()).select_from(column.table).where(column == customer_id)
        )
        if found:
            left[column.table.name] = found
    return left


def test_every_table_that_names_a_customer_is_moved() -> None:
    """A new one is moved by itself; what it can collide with needs a way of its own."""
    named = {
        table.name
        for table in Base.metadata.sorted_tables
        if any(column.name.endswith("customer_id") for column in table.columns)
    }
    moved = {column.table.name for column in merging.columns()}
    # The timeline is never changed: the merge itself is an entry, and screens read both.
    assert named - moved == {"timeline"}
    colliding = set()
    for column in merging.columns():
        table = column.table
        assert isinstance(table, sa.Table)
        rules = [c for c in table.constraints if isinstance(c, sa.UniqueConstraint)]
        unique = [index for index in table.indexes if index.unique]
        if column.unique or any(column.name in one.columns for one in [*rules, *unique]):
            colliding.add(table.name)
    assert colliding <= set(merging.OWN_WAY)


def test_linking_twice_changes_nothing_more(session: Session) -> None:
    selling.part(session, pieces=20)
    owner, here = factories.customer(session), visitor(session)
    carts.add(session, here, selling.PADS, 2, Actor.customer(here))
    proof = proven(session)
    for _ in range(2):
        assert identity.link(session, here, owner, proof=proof).id == owner.id
    assert [line.quantity for line in carts.show(session, owner).lines] == [2]
    told = [one.action for one in entries(session, customer_ids=customers.ids_of(session, owner))]
    assert (told.count("linked"), told.count("linked_into"), told.count("added")) == (1, 1, 1)


def test_without_proof_nothing_is_linked(session: Session) -> None:
    selling.part(session, pieces=20)
    owner, here = factories.customer(session), visitor(session)
    stranger = factories.customer(session, "whatsapp:+6285345678901", "Siti")
    carts.add(session, here, selling.PADS, 2, Actor.customer(here))
    proof = proven(session)
    forged = PhoneProof(proof.id + 1, PHONE, "sms")
    others = PhoneProof(proof.id, "+6285345678901", "sms")
    for target, claim in ((owner, forged), (stranger, proof), (stranger, others)):
        with pytest.raises(NotAllowed, match="not_proven"):
            identity.link(session, here, target, proof=claim)
    assert (here.merged_into_id, carts.show(session, here).lines[0].quantity) == (None, 2)


def test_a_number_that_somebody_typed_is_not_theirs(session: Session) -> None:
    """The typed number's owner signs in and sees nothing of who typed it."""
    other = visitor(session, "web:" + "e" * 32)
    customers.set_phone(session, other, NUMBER, actor=Actor.customer(other))
    found = identity.sign_in(session, proven(session), old=PAGE, new=NEW)
    assert found.id != other.id
    assert other.merged_into_id is None


def test_an_unproven_code_signs_nobody_in(session: Session) -> None:
    factories.customer(session)
    ask(session)
    row = session.scalars(sa.select(PhoneCode)).one()
    visitor(session)
    unproven = PhoneProof(row.id, PHONE, "sms")
    with pytest.raises(NotAllowed, match="not_proven"):
        identity.sign_in(session, unproven, old=PAGE, new=NEW)


def test_somebody_with_a_phone_of_their_own_is_not_swallowed(session: Session) -> None:
    owner = factories.customer(session)
    siti = factories.customer(session, "whatsapp:+6285345678901", "Siti")
    with pytest.raises(Conflict, match="visitor_known"):
        identity.link(session, siti, owner, proof=proven(session))


def test_an_sms_makes_one_of_the_same_numbers_two_customers(session: Session) -> None:
    texting = customers.for_address(session, "sms", BUDI_SMS)
    chatting = factories.customer(session)
    found = identity.sign_in(session, proven(session), old=PAGE, new=NEW)
    assert found.id == chatting.id
    assert texting.merged_into_id == chatting.id


def test_prices_and_consent_are_not_taken_over(session: Session) -> None:
    owner, here = factories.customer(session, name=None), visitor(session)
    customers.rename(session, here, "Budi", actor=Actor.customer(here))
    customers.set_consent(session, here, promo=True, actor=Actor.customer(here))
    customers.set_price_class(session, here, "reseller", actor=Actor.system("test"))
    identity.link(session, here, owner, proof=proven(session))
    assert (owner.name, owner.promo_consent, owner.price_class) == ("Budi", False, "walk_in")
    assert (here.name, here.phone, here.active) == (None, None, False)


def test_signing_out_ends_the_address_and_keeps_the_conversation(session: Session) -> None:
    owner = factories.customer(session)
    conversations.receive(session, factories.inbound("halo", PAGE))
    identity.sign_in(session, proven(session), old=PAGE, new=NEW)
    identity.sign_out(session, NEW)
    assert customers.known_at(session, NEW) is None
    assert len(conversations.of_customer(session, owner)) == 2
    assert conversations.of_address(session, NEW) is None


def test_notices_do_not_go_where_nobody_reads(session: Session) -> None:
    owner = factories.conversation(session).customer
    conversations.receive(session, factories.inbound("halo", PAGE))
    identity.sign_in(session, proven(session), old=PAGE, new=NEW)
    identity.sign_out(session, NEW)
    message = conversations.notify(session, owner, "order_packed", order_code="P-7KM2Q")
    assert message is not None
    assert message.conversation.channel == "whatsapp"


def ready(database: sa.Engine) -> tuple[int, int, PhoneProof]:
    """A visitor with two in the cart, the phone's customer with three, and the proof."""

    def make(session: Session) -> tuple[int, int, PhoneProof]:
        selling.part(session, pieces=50)
        selling.account(session)
        owner, here = factories.customer(session), visitor(session)
        carts.add(session, here, selling.PADS, 2, Actor.customer(here))
        carts.add(session, owner, selling.PADS, 3, Actor.customer(owner))
        return here.id, owner.id, proven(session)

    return committed(database, make)


def pieces(database: sa.Engine, customer_id: int) -> int:
    def count(session: Session) -> int:
        held = carts.show(session, customers.by_id(session, customer_id))
        return sum(line.quantity for line in held.lines)

    return committed(database, count)


def test_two_sign_ins_at_once_link_once(database: sa.Engine) -> None:
    here, owner, proof = ready(database)

    def link(session: Session) -> int:
        both = customers.by_id(session, here), customers.by_id(session, owner)
        return identity.link(session, *both, proof=proof).id

    assert at_once(database, link, link, link, link) == [owner] * 4
    assert pieces(database, owner) == 5


def test_what_arrives_for_the_visitor_meanwhile_is_brought_after(database: sa.Engine) -> None:
    here, owner, proof = ready(database)

    def link(session: Session) -> object:
        both = customers.by_id(session, here), customers.by_id(session, owner)
        return identity.link(session, *both, proof=proof).id

    def add(session: Session) -> object:
        customer = customers.by_id(session, here)
        return carts.add(session, customer, selling.PADS, 1, Actor.customer(customer)).total

    def wish(session: Session) -> object:
        return catalogue.record_wish(
            session, query="spion", reason="not_found", customer_id=here, notify=True
        ).id

    results = at_once(database, link, add, add, wish, wish)
    assert [one for one in results if isinstance(one, BaseException)] == []
    committed(database, identity.tidy)
    assert pieces(database, owner) == 7
    assert pieces(database, here) == 0
    assert committed(database, lambda session: left_with(session, here)) == {"carts": 1}


def test_nothing_is_ordered_any_more_for_who_is_somebody_else_now(database: sa.Engine) -> None:
    here, owner, proof = ready(database)

    def link(session: Session) -> object:
        both = customers.by_id(session, here), customers.by_id(session, owner)
        return identity.link(session, *both, proof=proof).id

    def order(session: Session) -> object:
        return selling.order(session, customers.by_id(session, here), (selling.PADS, 1)).id

    results = at_once(database, link, order, order)
    placed = sum(isinstance(one, int) for one in results[1:])
    assert {one.code for one in results if isinstance(one, NotAllowed)} <= {"customer_inactive"}
    committed(database, identity.tidy)

    def of_owner(session: Session) -> int:
        return len(orders.of_customer(session, customers.by_id(session, owner)))

    assert committed(database, of_owner) == placed
