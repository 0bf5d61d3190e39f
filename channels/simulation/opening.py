"""Before the first day: the demo shop with two more banks, its people, its customers."""

from __future__ import annotations

import csv
from random import Random

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.cli import demo
from channels.simulation.world import After, Deed, Opened, World
from crm_core import (
    clock,
    conversations,
    customers,
    db,
    payments,
    pricing,
    shipping,
    staff,
    stock,
)
from crm_core.conversations import Draft, Inbound
from crm_core.errors import Conflict
from crm_core.orders import Order
from crm_core.payments import AccountView
from crm_core.timeline import Actor

PLACES = ("Pontianak Kota", "Pontianak Barat", "Pontianak Selatan", "Singkawang Barat", "Sintang")
NAMES = ("Budi", "Siti", "Andi", "Dewi", "Rudi", "Wati", "Agus", "Lina", "Hendra", "Yuni")
FAMILY = ("Santoso", "Wijaya", "Lim", "Saputra", "Halim", "Kusuma", "Tan", "Pratama", "Putri")
BARGAIN_PERCENT = 8
"""So far the rule lets prices go down."""
POPULAR = 80
"""So many parts make up all that is ordered, so that some of them run short."""


def open_shop(world: World) -> Opened:
    """Fill a fresh database. Raises Conflict ("orders_exist") where there are orders already."""
    with db.unit_of_work(world.make_session) as session:
        if session.scalar(select(Order.id).limit(1)) is not None:
            raise Conflict("orders_exist")
        demo.load(session, world.data_dir)
        actor = Actor.system("simulation")
        for bank, number in (("BRI", "007101000123305"), ("BNI", "0812345678")):
            payments.add_account(
                session, bank, number, "PT Sapa Motor Khatulistiwa", actor=actor, position=9
            )
        accounts = tuple(
            AccountView(one.id, one.bank, one.number, one.holder)
            for one in payments.accounts(session)
        )
        for one in accounts:
            world.balances[one.number] = 50_000_000
        people = staff.listing(session)
        manager = next(one for one in people if one.role == "manager")
        pricing.save_margin_rule(session, max_percent=BARGAIN_PERCENT, by=manager)
        known = tuple(Actor.of_staff(one) for one in people)
        return Opened(known, tuple(_popular(session, world, known[0])), accounts, clock.now())


def enter(world: World, shop: Opened) -> None:
    """Know the shop, and meet this process's share of the customers."""
    world.staff, world.parts = list(shop.staff), list(shop.parts)
    world.accounts = list(shop.accounts)
    own = range(world.index, world.plan.customers, world.plan.processes)
    world.do([After(0, "customer met", _customer(world, number)) for number in own])


def _popular(session: Session, world: World, who: Actor) -> list[str]:
    with (demo.FILES / "parts.csv").open(encoding="utf-8", newline="") as file:
        sold = [row["part_code"] for row in csv.DictReader(file) if row["price_idr"]]
    codes = world.random.sample(sold, min(POPULAR, len(sold)))
    lines = [(code, 20 + world.plan.orders // POPULAR // 3) for code in codes]
    stock.receive_goods(
        session, lines, supplier="AHM", document="SJ-0", actor=who, note="stok awal"
    )
    return codes


def _customer(world: World, number: int) -> Deed:
    def meet(session: Session, random: Random) -> None:
        phone = f"+62812{number:08}"
        address = f"whatsapp:{phone}"
        name = f"{random.choice(NAMES)} {random.choice(FAMILY)}"
        said = Inbound(
            provider="loopback", provider_id=f"IN{number:08}", channel="whatsapp",
            address=address, text="halo kak", profile_name=name,
        )  # fmt: skip
        talk = conversations.receive(session, said).conversation
        work = conversations.begin_turn(session, talk.id)
        if work is not None:
            conversations.finish_turn(session, work.turn_id, [Draft("Halo Kak, cari apa?")])
        customer = talk.customer
        if random.random() < 0.3:
            customers.set_kind(session, customer, "workshop", actor=world.staff[0])
            price_class = random.choice(("workshop", "reseller"))
            customers.set_price_class(session, customer, price_class, actor=world.staff[0])
        place = shipping.find_districts(session, random.choice(PLACES))
        customers.remember_address(
            session, customer, recipient_name=name, phone=phone,
            address=f"Jl. Gajah Mada No. {number}",
            district_id=place[0].id if place else None,
        )  # fmt: skip
        with world.guard:
            world.customers.append(customer.id)
            world.talks[customer.id] = address

    return meet
