"""Other ways to an order: a price is bargained for, or a cart is filled before anybody signs in."""

from __future__ import annotations

from random import Random

from sqlalchemy.orm import Session

from channels.simulation import codes
from channels.simulation.buyers import placing
from channels.simulation.world import AT_ONCE, After, Deed, World
from crm_core import carts, customers, identity, pricing, staff
from crm_core.timeline import Actor

PERCENT = (97, 95, 93, 88, 80, 50)
"""What is asked for, of the price; the shop's rule lets 8 % go."""


def haggle(world: World) -> After:
    """Somebody asks for a better price: the rule agrees, a person decides, or it is far too low."""

    def deed(session: Session, random: Random) -> list[After]:
        customer = customers.by_id(session, random.choice(world.customers))
        actor = Actor.customer(customer)
        carts.clear(session, customer, actor)
        code, pieces = random.choice(world.parts), random.choice((1, 2, 3))
        (line,) = carts.add(session, customer, code, pieces, actor).lines
        asked = int(line.unit_price or 0) * random.choice(PERCENT) // 100
        answer = pricing.bargain(session, customer, code, pieces, asked)
        world.count(f"bargain {answer.state}")
        orders_now = After(AT_ONCE, "order placed", placing(world, customer.id))
        if answer.state == "offered":
            carts.take_bargain(session, customer, answer.id, actor)
            return [orders_now]
        if answer.state == "asked":
            return [After(0, "bargain decided", _decided(world, answer.id, customer.id))]
        return [orders_now] if random.random() < 0.5 else []

    return After(0, "price asked for", deed)


def _decided(world: World, bargain_id: int, customer_id: int) -> Deed:
    """People answer; an agent stays within the rule, a manager decides freely."""

    def deed(session: Session, random: Random) -> list[After]:
        who = random.choice(world.staff)
        asked = pricing.bargain_of(session, bargain_id)
        offered = None
        if random.random() < 0.7:
            offered = random.randint(int(asked.asked_idr), int(asked.price_idr))
        by = staff.by_id(session, who.id or 0)
        pricing.decide_bargain(session, bargain_id, by=by, offered_idr=offered)
        if offered is None:
            return []
        return [After(0, "offer taken", _taken(world, bargain_id, customer_id))]

    return deed


def _taken(world: World, bargain_id: int, customer_id: int) -> Deed:
    def deed(session: Session, _: Random) -> list[After]:
        customer = customers.by_id(session, customer_id)
        carts.take_bargain(session, customer, bargain_id, Actor.customer(customer))
        return [After(AT_ONCE, "order placed", placing(world, customer_id))]

    return deed


def visit(world: World) -> After:
    """Somebody fills a cart on the pages, proves a phone we know, and orders as its customer."""
    browser = f"sim{world.number('browser'):08}"

    def deed(session: Session, random: Random) -> list[After]:
        known = customers.by_id(session, random.choice(world.customers))
        visitor = customers.for_address(session, "web", f"web:{browser}")
        for code in random.sample(world.parts, random.choice((1, 2))):
            carts.add(session, visitor, code, 1, Actor.customer(visitor))
        identity.ask_code(
            session, known.phone or "", browser=browser, origin=browser, language="id", shop="Sapa"
        )
        return [After(AT_ONCE, "phone proven", _proven(world, browser, known.id))]

    return After(0, "visitor came", deed)


def _proven(world: World, browser: str, customer_id: int, tries: int = 2) -> Deed:
    def deed(session: Session, random: Random) -> list[After]:
        digits = codes.latest(session, customer_id) or "000000"
        typed = codes.wrong(digits) if random.random() < 0.2 else digits
        phone = customers.by_id(session, customer_id).phone or ""
        proof = identity.prove(session, phone, typed, browser=browser)
        if proof is None:
            world.count("sign-in codes wrong")
            again = After(AT_ONCE, "phone proven", _proven(world, browser, customer_id, tries - 1))
            return [again] if tries else []
        found = identity.sign_in(session, proof, old=f"web:{browser}", new=f"web:{browser}in")
        world.count("visitors signed in")
        return [After(AT_ONCE, "order placed", placing(world, found.id))]

    return deed
