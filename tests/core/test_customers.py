from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from crm_core import customers, timeline
from crm_core.cursors import Slice
from crm_core.customers import Customer, CustomerBike, DeliveryAddress
from crm_core.errors import InvalidInput, NotFound
from crm_core.timeline import Actor
from tests.factories import BUDI, BUDI_SMS, MOMENT, SITI, customer, member
from tests.world import at_once, committed

SYSTEM = Actor.system("test")


def actions(session: Session, who: Customer) -> list[str]:
    return [entry.action for entry in reversed(timeline.entries(session, customer_id=who.id))]


def test_an_address_has_one_customer(session: Session) -> None:
    first = customer(session)
    assert customers.for_address(session, "whatsapp", BUDI) is first
    assert (first.name, first.phone, first.language) == ("Budi", "+6281234567890", "id")
    assert (first.kind, first.active, first.promo_consent) == ("individual", True, False)
    assert actions(session, first) == ["met"]


def test_a_profile_name_is_taken_only_for_somebody_without_a_name(session: Session) -> None:
    who = customer(session, name=None)
    assert who.name is None
    customers.for_address(session, "whatsapp", BUDI, profile_name=" Budi\n Motor\x00 ")
    assert who.name == "Budi Motor"
    customers.for_address(session, "whatsapp", BUDI, profile_name="Agus")
    assert who.name == "Budi Motor"


@pytest.mark.parametrize("address", ["whatsapp:ID.4566546130240823", "web:0b51", "sms:HONDA"])
def test_an_address_without_a_number_gives_no_phone(session: Session, address: str) -> None:
    assert customer(session, address).phone is None


@pytest.mark.parametrize(
    ("channel", "address"),
    [("fax", "fax:1"), ("sms", BUDI), ("whatsapp", "+6281234567890"), ("web", "web:" + "x" * 200)],
)
def test_an_address_that_is_none_is_refused(session: Session, channel: str, address: str) -> None:
    with pytest.raises(InvalidInput, match="address_invalid"):
        customers.for_address(session, channel, address)
    assert session.scalar(sa.select(sa.func.count(Customer.id))) == 0


def test_parallel_first_contacts_make_one_customer(database: sa.Engine) -> None:
    ids = at_once(database, *[lambda s: customers.for_address(s, "whatsapp", BUDI).id] * 8)
    assert len(set(ids)) == 1
    assert committed(database, lambda s: s.scalar(sa.select(sa.func.count(Customer.id)))) == 1


def test_others_with_the_same_phone_are_shown_not_merged(session: Session) -> None:
    one, two, other = customer(session), customer(session, BUDI_SMS), customer(session, SITI)
    assert list(customers.same_phone(session, one)) == [two]
    assert list(customers.same_phone(session, other)) == []


def test_a_customer_is_found_by_public_id_only_if_it_is_one(session: Session) -> None:
    who = customer(session)
    assert customers.by_public_id(session, who.public_id.upper()) is who
    for wrong in ("", "1", "../etc", "00000000-0000-0000-0000-000000000000", "\x00"):
        with pytest.raises(NotFound, match="customer_not_found"):
            customers.by_public_id(session, wrong)


def test_changes_are_cleaned_and_recorded(session: Session) -> None:
    who = customer(session, name=None)
    customers.rename(session, who, "  Budi \x00 Santoso\n", actor=SYSTEM)
    customers.set_phone(session, who, "0853 4567 8901", actor=SYSTEM)
    customers.set_email(session, who, " Budi@Bengkel.Example ", actor=SYSTEM)
    customers.set_kind(session, who, "workshop", actor=SYSTEM)
    assert (who.name, who.phone) == ("Budi Santoso", "+6285345678901")
    assert (who.email, who.kind) == ("budi@bengkel.example", "workshop")
    assert actions(session, who) == ["met", "renamed", "phone_set", "email_set", "kind_set"]


def test_what_cannot_be_used_changes_nothing(session: Session) -> None:
    who = customer(session)
    refusals = [
        ("name_missing", lambda: customers.rename(session, who, " \n ", actor=SYSTEM)),
        ("phone_invalid", lambda: customers.set_phone(session, who, "0812", actor=SYSTEM)),
        ("email_invalid", lambda: customers.set_email(session, who, "budi@", actor=SYSTEM)),
        ("language_unknown", lambda: customers.set_language(session, who, "fr", actor=SYSTEM)),
        ("kind_unknown", lambda: customers.set_kind(session, who, "shop", actor=SYSTEM)),
    ]
    for code, change in refusals:
        with pytest.raises(InvalidInput, match=code):
            change()
    assert (who.name, who.phone, who.email) == ("Budi", "+6281234567890", None)
    assert (who.language, who.kind) == ("id", "individual")
    assert actions(session, who) == ["met"]


def test_the_same_language_again_is_no_change(session: Session) -> None:
    who = customer(session)
    customers.set_language(session, who, "en", actor=SYSTEM)
    customers.set_language(session, who, "en", actor=SYSTEM)
    assert actions(session, who) == ["met", "language_set"]


def test_every_change_of_consent_is_on_the_record(session: Session) -> None:
    who = customer(session)
    for given in (True, True, False):
        customers.set_consent(session, who, promo=given, actor=Actor.customer(who))
    found = timeline.entries(session, customer_id=who.id)
    given = [entry.facts["given"] for entry in reversed(found) if entry.action == "promo_consent"]
    assert given == [True, False]


def test_stopping_an_address_takes_back_the_consent_and_resuming_does_not_give_it(
    session: Session,
) -> None:
    who = customer(session)
    (address,) = who.addresses
    customers.set_consent(session, who, promo=True, actor=SYSTEM)
    customers.stop_address(session, address, actor=SYSTEM)
    assert address.stopped_at is not None
    customers.resume_address(session, address, actor=SYSTEM)
    assert (address.stopped_at, who.promo_consent) == (None, False)


def test_looking_at_a_whole_number_is_on_the_record(session: Session) -> None:
    who, sari = customer(session), member(session)
    phone = customers.reveal_phone(session, who, actor=Actor.of_staff(sari))
    assert phone == "+6281234567890"
    (newest, *_) = timeline.entries(session, customer_id=who.id)
    assert (newest.action, newest.actor_name) == ("phone_revealed", "Sari")


def bike_list(session: Session, who: Customer) -> list[tuple[str, str | None, int | None]]:
    return [(bike.model, bike.generation, bike.year) for bike in customers.bikes(session, who)]


def test_a_bike_told_in_pieces_is_one_bike(session: Session) -> None:
    who = customer(session)
    customers.add_bike(session, who, "Vario 125")
    customers.add_bike(session, who, "vario 125", year=2018)
    customers.add_bike(session, who, "Vario 125", "eSP", 2018)
    assert bike_list(session, who) == [("Vario 125", "eSP", 2018)]


def test_another_year_or_model_is_another_bike(session: Session) -> None:
    who = customer(session)
    customers.add_bike(session, who, "BeAT", year=2015)
    customers.add_bike(session, who, "BeAT", year=2021)
    customers.add_bike(session, who, "Supra X 125")
    assert bike_list(session, who) == [
        ("BeAT", None, 2015),
        ("BeAT", None, 2021),
        ("Supra X 125", None, None),
    ]
    assert [bike.model for bike in who.bikes] == ["BeAT", "BeAT", "Supra X 125"]


@pytest.mark.parametrize("year", [1949, 2028, 0, -1])
def test_a_year_no_bike_has_is_refused(session: Session, year: int) -> None:
    who = customer(session)
    with (
        time_machine.travel(MOMENT, tick=False),
        pytest.raises(InvalidInput, match="bike_year_invalid"),
    ):
        customers.add_bike(session, who, "BeAT", year=year)
    assert bike_list(session, who) == []


def test_next_years_model_is_sold_already(session: Session) -> None:
    who = customer(session)
    with time_machine.travel(MOMENT, tick=False):
        customers.add_bike(session, who, "BeAT", year=2027)
    assert bike_list(session, who) == [("BeAT", None, 2027)]


def test_only_ones_own_bike_is_removed(session: Session) -> None:
    who, other = customer(session), customer(session, SITI)
    bike = customers.add_bike(session, who, "BeAT")
    with pytest.raises(NotFound, match="bike_not_found"):
        customers.remove_bike(session, other, bike.id, actor=SYSTEM)
    assert bike_list(session, who) == [("BeAT", None, None)]
    customers.remove_bike(session, who, bike.id, actor=SYSTEM)
    assert bike_list(session, who) == []


def test_the_same_bike_told_twice_at_once_is_kept_once(database: sa.Engine) -> None:
    who = committed(database, lambda session: customer(session).id)

    def add(session: Session) -> int:
        return customers.add_bike(session, customers.by_id(session, who), "BeAT", year=2020).id

    assert len(set(at_once(database, *[add] * 5))) == 1
    count = sa.select(sa.func.count(CustomerBike.id))
    assert committed(database, lambda s: s.scalar(count)) == 1


def remember(session: Session, who: Customer, address: str, name: str = "Budi") -> DeliveryAddress:
    return customers.remember_address(
        session, who, recipient_name=name, phone=None, address=address, district_id=None
    )


def test_the_last_delivery_address_is_the_default(session: Session) -> None:
    who = customer(session)
    assert customers.default_address(session, who) is None
    first = remember(session, who, "Jl. Gajah Mada 1")
    second = remember(session, who, "Jl. Tanjungpura 9")
    assert customers.default_address(session, who) is second
    assert remember(session, who, "Jl.  Gajah Mada 1 ") is first
    assert customers.default_address(session, who) is first
    assert session.scalar(sa.select(sa.func.count(DeliveryAddress.id))) == 2


def test_a_delivery_address_needs_a_name_and_a_street(session: Session) -> None:
    who = customer(session)
    with pytest.raises(InvalidInput, match="name_missing"):
        remember(session, who, "Jl. Gajah Mada 1", name=" ")
    with pytest.raises(InvalidInput, match="delivery_address_missing"):
        remember(session, who, "\n")
    assert customers.default_address(session, who) is None


def test_two_addresses_remembered_at_once_leave_one_default(database: sa.Engine) -> None:
    who = committed(database, lambda session: customer(session).id)
    streets = [f"Jl. Gajah Mada {number}" for number in range(5)]
    at_once(
        database,
        *[lambda s, a=a: remember(s, customers.by_id(s, who), a).id for a in streets],
    )
    defaults = sa.select(sa.func.count(DeliveryAddress.id)).where(DeliveryAddress.is_default)
    assert committed(database, lambda s: s.scalar(defaults)) == 1


def names(found: Slice[Customer]) -> list[str | None]:
    return [who.name for who in found.items]


@pytest.fixture
def crowd(session: Session) -> list[Customer]:
    made = []
    with time_machine.travel(MOMENT, tick=False) as clock:
        for number, name in enumerate(["Ani", "Budi", "Cici", "Dedi", "Eka"]):
            made.append(customer(session, f"whatsapp:+62812345678{number:02}", name))
            session.flush()
            clock.shift(timedelta(minutes=1))
    return made


def test_a_list_is_read_in_slices_without_loss(session: Session, crowd: list[Customer]) -> None:
    first = customers.listing(session, limit=2)
    second = customers.listing(session, limit=2, cursor=first.next)
    third = customers.listing(session, limit=2, cursor=second.next)
    assert [names(first), names(second), names(third)] == [
        ["Ani", "Budi"],
        ["Cici", "Dedi"],
        ["Eka"],
    ]
    assert third.next is None


def test_somebody_changed_meanwhile_comes_again_at_the_end(
    session: Session, crowd: list[Customer]
) -> None:
    first = customers.listing(session, limit=2)
    with time_machine.travel(MOMENT + timedelta(hours=1), tick=False):
        customers.rename(session, crowd[0], "Ani Baru", actor=SYSTEM)
    rest = customers.listing(session, cursor=first.next)
    assert names(rest) == ["Cici", "Dedi", "Eka", "Ani Baru"]


def test_people_see_the_last_changed_first(session: Session, crowd: list[Customer]) -> None:
    first = customers.recent(session, limit=3)
    assert names(first) == ["Eka", "Dedi", "Cici"]
    assert names(customers.recent(session, limit=3, cursor=first.next)) == ["Budi", "Ani"]


def test_a_list_is_narrowed_by_what_is_asked(session: Session, crowd: list[Customer]) -> None:
    assert names(customers.listing(session, query="bud")) == ["Budi"]
    assert names(customers.listing(session, query="0812-3456-7802")) == ["Cici"]
    assert names(customers.listing(session, phone="0812 3456 7803")) == ["Dedi"]
    assert names(customers.listing(session, updated_since=crowd[3].updated_at)) == ["Dedi", "Eka"]
    assert names(customers.listing(session, query="%")) == []


def test_a_number_still_finds_its_address_after_the_phone_was_changed(
    session: Session, crowd: list[Customer]
) -> None:
    customers.set_phone(session, crowd[0], "085345678901", actor=SYSTEM)
    assert names(customers.listing(session, phone="+6281234567800")) == ["Ani"]


@pytest.mark.parametrize("cursor", ["", "x", "####", "W10", "WzEsMl0", "\x00", "ü"])
def test_a_cursor_that_is_none_of_ours_is_refused(session: Session, cursor: str) -> None:
    with pytest.raises(InvalidInput, match="cursor_invalid"):
        customers.listing(session, cursor=cursor)


@pytest.mark.parametrize("limit", [0, -1, 201])
def test_a_slice_has_a_sensible_size(session: Session, limit: int) -> None:
    with pytest.raises(InvalidInput, match="limit_invalid"):
        customers.listing(session, limit=limit)


def heard(session: Session, who: Customer, *texts: str) -> tuple[str | None, bool]:
    for text in texts:
        customers.hear_honorific(session, who, text, actor=Actor.customer(who))
    return who.honorific, who.honorific_own


def test_who_says_bang_is_spoken_to_as_bang_and_who_says_pak_later_as_pak(
    session: Session,
) -> None:
    who = customer(session)
    assert (who.honorific, who.honorific_own) == (None, False)
    assert heard(session, who, "busi ada bang?") == ("Bang", False)
    assert heard(session, who, "2 ya", "makasih pak") == ("Pak", False)
    assert actions(session, who) == ["met", "honorific_set", "honorific_set"]


def test_a_title_of_ones_own_outlasts_how_the_shop_is_addressed(session: Session) -> None:
    who = customer(session)
    assert heard(session, who, "ada busi bang?", "saya Bu Siti") == ("Bu", True)
    assert heard(session, who, "makasih bang") == ("Bu", True)
    assert heard(session, who, "jangan panggil bu dong") == ("Kak", True)


def test_a_recipient_with_a_title_says_how_to_speak_to_them(session: Session) -> None:
    who = customer(session)
    customers.remember_address(
        session,
        who,
        recipient_name="Bu Siti",
        phone=None,
        address="Jl. Merdeka 1",
        district_id=None,
    )
    assert (who.honorific, who.honorific_own) == ("Bu", True)


def test_a_name_without_a_title_says_nothing_of_how_to_speak_to_them(session: Session) -> None:
    who = customer(session)
    customers.rename(session, who, "Siti Aminah", actor=SYSTEM)
    assert who.honorific is None
    customers.rename(session, who, "Ibu Siti Aminah", actor=SYSTEM)
    assert who.honorific == "Bu"


def test_a_form_of_address_that_is_none_is_refused(session: Session) -> None:
    who = customer(session)
    with pytest.raises(InvalidInput, match="honorific_unknown"):
        customers.set_honorific(session, who, "Yang Mulia", actor=SYSTEM)
    assert (who.honorific, who.honorific_own) == (None, False)
