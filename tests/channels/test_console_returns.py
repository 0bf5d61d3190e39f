"""Returns in the console: from the wish to the goods on the counter to money or another parcel."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from channels.context import Context
from crm_core import orders, returns
from crm_core.customers import Customer
from crm_core.payments import Difference
from crm_core.returns import ReturnState
from crm_core.timeline import Actor
from tests import factories, selling
from tests.channels.desk import Desk, desk_of, member
from tests.core.test_returns import arrived
from tests.selling import PADS


@pytest.fixture
def order_code(asleep: Context) -> str:
    """Four brake pads that have arrived."""
    with asleep.unit_of_work() as session:
        selling.part(session, pieces=20)
        selling.account(session)
        customer = factories.conversation(session).customer
        clerk = Actor.of_staff(factories.member(session))
        return arrived(session, customer, clerk, (PADS, 4)).order_code


@pytest.fixture
def siti(asleep: Context, flask_app: Flask) -> Desk:
    return desk_of(flask_app, member(asleep, name="Siti"))


@pytest.fixture
def rina(asleep: Context, flask_app: Flask) -> Desk:
    return desk_of(flask_app, member(asleep, "manager", "Rina"))


def wished(asleep: Context, order_code: str, pieces: int = 1) -> str:
    """The customer asks for a return in the chat."""
    with asleep.unit_of_work() as session:
        order = orders.by_code(session, order_code)
        made = returns.ask(
            session, order, {PADS: pieces}, kind="return", reason="<b>salah</b> ukuran",
            actor=Actor.customer(session.get_one(Customer, order.customer_id)),
        )  # fmt: skip
        return made.return_code


def state_of(session: Session, code: str) -> ReturnState:
    return returns.by_code(session, code).state


def test_a_return_is_decided_received_and_settled_on_its_page(
    asleep: Context, rina: Desk, order_code: str
) -> None:
    code = wished(asleep, order_code, 2)
    assert code in rina.text("/console/returns")
    page = f"/console/returns/{code}"
    answer = rina.get(page).get_data(as_text=True)
    assert "&lt;b&gt;salah&lt;/b&gt; ukuran" in answer
    assert "Disetujui" in rina.send(f"{page}/approve", {"note": "foto jelas"})
    assert "Pilih kondisi" in rina.send(f"{page}/receive")
    rina.send(f"{page}/receive", {f"condition_{PADS}": "unopened", f"restock_{PADS}": "1"})
    assert "masuk stok" in rina.text(page)
    settled = rina.send(f"{page}/settle", {"outcome": "refund"})
    assert "Uang kembali Rp 100.000" in settled
    assert "Retur barang" in settled
    with asleep.unit_of_work() as session:
        assert state_of(session, code) == ReturnState.SETTLED
        assert selling.level(session) == (18, 0)
        assert session.scalars(sa.select(Difference.amount_idr)).all() == [100_000]


def test_a_replacement_leads_to_its_order(asleep: Context, rina: Desk, order_code: str) -> None:
    code = wished(asleep, order_code)
    page = f"/console/returns/{code}"
    rina.send(f"{page}/approve")
    rina.send(f"{page}/receive", {f"condition_{PADS}": "defective"})
    shown = rina.send(f"{page}/settle", {"outcome": "exchange"})
    assert f"{code} beres, gantinya pesanan P-" in shown
    assert "Belum dibayar" not in shown
    with asleep.unit_of_work() as session:
        assert selling.level(session) == (16, 1)
    rina.send(f"{page}/reopen", {"reason": "stok rusak"})
    with asleep.unit_of_work() as session:
        assert state_of(session, code) == ReturnState.RECEIVED
        assert selling.level(session) == (16, 0)


def test_a_refusal_without_a_reason_changes_nothing(
    asleep: Context, rina: Desk, order_code: str
) -> None:
    code = wished(asleep, order_code)
    assert "alasan" in rina.send(f"/console/returns/{code}/refuse", {"reason": " "}).casefold()
    with asleep.unit_of_work() as session:
        assert state_of(session, code) == ReturnState.ASKED
    rina.send(f"/console/returns/{code}/refuse", {"reason": "segel terbuka"})
    assert "segel terbuka" in rina.text(f"/console/returns/{code}")


@pytest.mark.parametrize(
    ("pieces", "said"),
    [("3", None), ("1", None), ("5", "tinggal 4"), ("0", "Isi jumlah"), ("-1", "Jumlah"),
     ("1,5", "Jumlah"), ("=1+1", "Jumlah"), ("9" * 30, "Jumlah")],
)  # fmt: skip
def test_staff_writes_a_return_down_with_pieces_that_were_sent(
    asleep: Context, siti: Desk, order_code: str, pieces: str, said: str | None
) -> None:
    page = f"/console/orders/{order_code}/returns"
    assert "Kampas Rem Depan" in siti.text(page)
    form = {f"pieces_{PADS}": pieces, "kind": "warranty", "reason": "bunyi"}
    shown = siti.send(page, form)
    with asleep.unit_of_work() as session:
        made = returns.listing(session).items
        if said is None:
            assert [one.pieces for one in made] == [int(pieces)]
            assert made[0].return_code in siti.text(f"/console/orders/{order_code}")
        else:
            assert (said in shown, made) == (True, ())


def test_an_agent_receives_goods_but_does_not_decide(
    asleep: Context, siti: Desk, rina: Desk, order_code: str
) -> None:
    code = wished(asleep, order_code)
    assert "Setujui" not in siti.text(f"/console/returns/{code}")
    assert siti.post(f"/console/returns/{code}/approve").status_code == 403
    rina.send(f"/console/returns/{code}/approve")
    siti.send(f"/console/returns/{code}/receive", {f"condition_{PADS}": "opened"})
    assert "Uang kembali" not in siti.text(f"/console/returns/{code}")
    assert siti.post(f"/console/returns/{code}/settle", {"outcome": "refund"}).status_code == 403
    with asleep.unit_of_work() as session:
        assert state_of(session, code) == ReturnState.RECEIVED


def test_returns_are_found_by_what_people_know_of_them(
    asleep: Context, siti: Desk, order_code: str
) -> None:
    code = wished(asleep, order_code)
    assert code in siti.text(f"/console/returns?q={order_code}")
    assert code in siti.text("/console/returns?tab=all")
    assert code not in siti.text("/console/returns?tab=settled")
    assert "Tidak ketemu" in siti.text("/console/returns?q=tidakada")
    english = siti.send("/console/language", {"language": "en", "next": "/console/returns"})
    assert "To decide" in english
