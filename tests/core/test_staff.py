"""Staff: who may sign in, what they may do, and how passwords are kept."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher
from sqlalchemy.orm import Session

from crm_core import staff, timeline
from crm_core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from crm_core.staff import Staff, rules
from crm_core.timeline import Actor
from tests.factories import PASSWORD, member
from tests.world import at_once

SYSTEM = Actor.system("test")


def add(session: Session, email: str = "sari@toko.example", **others: str) -> Staff:
    values = {"name": "Sari", "role": "agent", "password": PASSWORD} | others
    return staff.add(session, email=email, **values)


def test_somebody_new_can_log_in(session: Session) -> None:
    sari = add(session, " Sari@Toko.Example ")
    assert (sari.email, sari.name, sari.role, sari.active) == (
        "sari@toko.example",
        "Sari",
        "agent",
        True,
    )
    assert staff.authenticate(session, email="SARI@toko.example", password=PASSWORD) is sari


def test_the_database_never_holds_the_password(
    session: Session, strong_hasher: PasswordHasher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crm_core.staff.service._hasher", strong_hasher)
    sari = add(session)
    assert sari.password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")  # OWASP's first advice
    assert PASSWORD not in sari.password_hash
    other = add(session, "dewi@toko.example")
    assert other.password_hash != sari.password_hash


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("sari@toko.example", "kereta-api-birU"),
        ("sari@toko.example", ""),
        ("nobody@toko.example", PASSWORD),
        ("", PASSWORD),
        ("sari@toko.example' OR 1=1 --", PASSWORD),
    ],
)
def test_a_wrong_login_is_refused_without_saying_what_was_wrong(
    session: Session, email: str, password: str
) -> None:
    add(session)
    with pytest.raises(NotAllowed) as refusal:
        staff.authenticate(session, email=email, password=password)
    assert (refusal.value.code, refusal.value.facts) == ("bad_login", {})


def test_a_closed_account_cannot_log_in(session: Session) -> None:
    sari = add(session)
    staff.change(session, sari, actor=SYSTEM, active=False)
    with pytest.raises(NotAllowed, match="bad_login"):
        staff.authenticate(session, email=sari.email, password=PASSWORD)
    assert staff.by_id(session, sari.id) is sari


def hashes_made(deed: Callable[[], object]) -> int:
    """How often ``deed`` really computes an Argon2 hash: the costly part of a sign-in."""
    count = 0

    def watch(frame: FrameType, event: str, _argument: object) -> None:
        nonlocal count
        if event == "call" and frame.f_code is PasswordHasher.verify.__code__:
            count += 1

    sys.setprofile(watch)
    try:
        deed()
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("email", ["sari@toko.example", "nobody@toko.example"])
def test_an_unknown_email_costs_the_same_work_as_a_wrong_password(
    session: Session, email: str
) -> None:
    add(session)

    def sign_in() -> None:
        with pytest.raises(NotAllowed):
            staff.authenticate(session, email=email, password="wrong-password")

    assert hashes_made(sign_in) == 1


@pytest.mark.parametrize(
    "password",
    [
        "", "pendek", "1234567", "password", "PASSWORD", "12345678", "87654321", "aaaaaaaa",
        "abababab", "sari@toko.example", "Pontianak", "x" * 257,
    ],
)  # fmt: skip
def test_a_weak_password_is_refused_and_nobody_added(session: Session, password: str) -> None:
    with pytest.raises(InvalidInput, match="password_weak"):
        add(session, password=password)
    assert staff.listing(session) == []


@pytest.mark.parametrize(
    "password", ["kopi susu", "päßwörter", "8&hJk2!x", "x1" * 20 + "yz", "rahasia-toko-9"]
)
def test_a_password_needs_length_not_signs(session: Session, password: str) -> None:
    add(session, password=password)
    assert staff.authenticate(session, email="sari@toko.example", password=password)


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"email": "sari"}, "email_invalid"),
        ({"email": "sari@toko"}, "email_invalid"),
        ({"email": "a b@toko.example"}, "email_invalid"),
        ({"name": "  "}, "name_missing"),
        ({"role": "boss"}, "role_unknown"),
    ],
)
def test_an_account_needs_an_address_a_name_and_a_role(
    session: Session, values: dict[str, str], code: str
) -> None:
    with pytest.raises(InvalidInput, match=code):
        add(session, **values)
    assert staff.listing(session) == []


def test_an_email_has_one_account(session: Session) -> None:
    add(session)
    with pytest.raises(Conflict, match="email_taken"):
        add(session, "SARI@toko.example", name="Other")
    assert [person.name for person in staff.listing(session)] == ["Sari"]


def test_two_accounts_with_one_email_at_once_are_one(database: sa.Engine) -> None:
    results = at_once(database, *[lambda s: add(s).id] * 3)
    assert sorted(isinstance(result, Conflict) for result in results) == [False, True, True]


def test_a_new_password_ends_the_old_one_and_its_sessions(session: Session) -> None:
    sari = add(session)
    staff.change_password(session, sari, old=PASSWORD, new="becak-kuning-tua")
    assert sari.session_epoch == 1
    with pytest.raises(NotAllowed, match="bad_login"):
        staff.authenticate(session, email=sari.email, password=PASSWORD)
    assert staff.authenticate(session, email=sari.email, password="becak-kuning-tua") is sari


def test_a_password_is_not_changed_without_the_old_one(session: Session) -> None:
    sari = add(session)
    with pytest.raises(NotAllowed, match="bad_login"):
        staff.change_password(session, sari, old="wrong-password", new="becak-kuning-tua")
    assert sari.session_epoch == 0
    assert staff.authenticate(session, email=sari.email, password=PASSWORD) is sari


def test_a_weak_new_password_is_refused(session: Session) -> None:
    sari = add(session)
    with pytest.raises(InvalidInput, match="password_weak"):
        staff.change_password(session, sari, old=PASSWORD, new="12345678")
    assert staff.authenticate(session, email=sari.email, password=PASSWORD) is sari


def test_the_last_admin_stays(session: Session) -> None:
    boss = member(session, "admin", "Bos")
    for change in ({"role": "agent"}, {"active": False}):
        with pytest.raises(Conflict, match="last_admin"):
            staff.change(session, boss, actor=SYSTEM, **change)
    assert (boss.role, boss.active) == ("admin", True)
    second = member(session, "admin", "Wakil")
    staff.change(session, boss, actor=SYSTEM, role="manager")
    assert (boss.role, second.role) == ("manager", "admin")


def test_two_admins_cannot_demote_each_other_at_once(database: sa.Engine) -> None:
    ids = at_once(
        database, lambda s: member(s, "admin", "A").id, lambda s: member(s, "admin", "B").id
    )

    def demote(session: Session, staff_id: int) -> str:
        return staff.change(
            session, staff.by_id(session, staff_id), actor=SYSTEM, role="agent"
        ).role

    results = at_once(database, *[lambda s, i=i: demote(s, i) for i in ids])
    assert sorted(isinstance(result, Conflict) for result in results) == [False, True]


def test_changes_of_staff_are_on_the_record_without_the_password(session: Session) -> None:
    sari = add(session)
    staff.set_password(session, sari, "becak-kuning-tua", actor=SYSTEM)
    staff.change(session, sari, actor=SYSTEM, role="manager", name="Sari Dewi")
    found = timeline.entries(session, subject="staff", subject_id=sari.id)
    assert [entry.action for entry in reversed(found)] == ["added", "password_changed", "changed"]
    assert not any("becak" in str(entry.facts) for entry in found)


def test_unknown_staff_are_not_found(session: Session) -> None:
    with pytest.raises(NotFound, match="staff_not_found"):
        staff.by_id(session, 4711)
    with pytest.raises(NotFound, match="staff_not_found"):
        staff.by_email(session, "nobody@toko.example")


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        ("agent", {"reply", "claim", "orders", "payments"}),
        ("manager", set("reply claim orders payments stock pages reports train".split())),
        ("admin", set("reply claim orders payments stock pages reports train staff".split())),
        ("visitor", set()),
    ],
)
def test_a_role_may_what_its_work_needs(role: str, allowed: set[str]) -> None:
    everything = set("reply claim orders payments stock pages reports train staff x".split())
    assert {permission for permission in everything if rules.may(role, permission)} == allowed
