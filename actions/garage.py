"""The customer's own motorcycles: which one is meant, which one is new, which one is gone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from actions.reply import Option, Reply, ask, command, say
from actions.showing import bike_slot, bike_text
from crm_core import catalogue, customers
from crm_core.catalogue import BikeRef

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from actions.turn import Turn
    from crm_core.catalogue import Hit, PartView

MOST_NOTICED = 3
"""Bikes that are noticed by themselves; a mechanic's customers' bikes are not the mechanic's."""
_ANOTHER = re.compile(
    r"\b(?:bukan|salah|eh|kalau|kalo|klo|buat|untuk|utk|punya|if|for|instead|rather)\b",
    re.IGNORECASE,
)
_NOT_FOR = re.compile(
    r"\b(?:bukan|bkn|not)\s+(?:(?:buat|untuk|utk|for|yang|yg|motor|the|my)\s+)*"
    r"[^,.;\n]*?(?=[,.;\n]|\b(?:tapi|tp|but|buat|untuk|utk|for|melainkan|maksud\w*)\b|$)",
    re.IGNORECASE,
)
_REPLACES = re.compile(
    r"\b(?:ganti|tukar|ubah|ganti in|gantiin|change|replace|update)\s+(?:data\s+|my\s+)?"
    r"(?:motor\w*|bike|motorcycle)\b|"
    r"\bmotor(?:nya| saya| aku)?\s+(?:sudah\s+|udah\s+)?(?:ganti|diganti|dijual|tukar)\b",
    re.IGNORECASE,
)


def owned(session: Session, turn: Turn) -> tuple[tuple[int, BikeRef], ...]:
    """The customer's bikes with their ids, the first remembered first."""
    return tuple(
        (bike.id, BikeRef(bike.model, bike.generation, bike.year))
        for bike in customers.bikes(session, turn.customer)
    )


def means_another(text: str) -> bool:
    """Whether a bike in ``text`` is for the part just spoken of ("bukan buat beat, buat vario")."""
    return bool(_ANOTHER.search(text))


def without_negated(session: Session, text: str) -> str:
    """``text`` without the bike it is not about ("bukan buat beat, buat vario" → "buat vario").

    Only where another bike is left, and nothing but a bike is taken away.
    """
    found = _NOT_FOR.search(text)
    if found is None:
        return text
    gone, left = found.group(), text[: found.start()] + text[found.end() :]
    said = catalogue.understand(session, gone)
    only_bike = said.bike is not None and not said.part_terms and not said.codes
    return left.strip(" ,.;") if only_bike and catalogue.read_bike(session, left) else text


def replaces(text: str) -> bool:
    """Whether the customer has another motorcycle now ("ganti motor", "motor saya dijual")."""
    return bool(_REPLACES.search(text))


def which(session: Session, turn: Turn, hits: Sequence[Hit], query: str) -> Reply | None:
    """The question which of the own bikes is meant; None when it makes no difference.

    It makes one when there are several bikes and the parts that fit are not the same for all.
    """
    bikes = owned(session, turn)
    if len(bikes) < 2 or turn.slots.get("bike"):
        return None
    fitting = [
        {
            hit.part.part_code
            for hit in hits
            if catalogue.fits_part(hit.part, bike).verdict == "fits"
        }
        for _, bike in bikes
    ]
    if all(parts == fitting[0] for parts in fitting):
        return None
    options = [
        Option(bike_text(bike), command("inform", choice=f"bike:{number}"))
        for number, bike in bikes[:4]
    ]
    reply = ask("utter_which_own_bike", options, awaiting="bike", query=query)
    return reply.remember(query=query)


def chosen(session: Session, turn: Turn) -> BikeRef | None:
    """The own bike that a tapped choice names."""
    wanted = str(turn.entity("choice") or "")
    for number, bike in owned(session, turn):
        if wanted == f"bike:{number}":
            return bike
    return None


def about(part: PartView, bike: BikeRef | None, bikes: Sequence[BikeRef]) -> BikeRef | None:
    """The bike to speak of beside a part: the one named, else the own one that it surely fits."""
    if bike is not None or not bikes:
        return bike
    for own in bikes:
        if catalogue.fits_part(part, own).verdict == "fits":
            return own
    return bikes[0] if len(bikes) == 1 else None


def notice(session: Session, turn: Turn, bike: BikeRef | None, reply: Reply) -> Reply:
    """Keep a bike that a search was completed with for the second time, and say so."""
    done = reply.awaiting in {"quantity", "more"}
    if bike is None or not done or turn.customer.kind != "individual":
        return reply
    own = [known for _, known in owned(session, turn)]
    if len(own) >= MOST_NOTICED or any(_same(known, bike) for known in own):
        return reply
    seen = dict(turn.slots.get("bikes_seen") or {})
    name = bike_text(bike)
    seen[name] = int(seen.get(name, 0)) + 1
    if seen[name] < 2:
        return reply.remember(bikes_seen=seen)
    customers.add_bike(
        session, turn.customer, bike.model, bike.generation, bike.year, actor=turn.actor
    )
    return (say("utter_bike_noticed", bike=name) + reply).remember(bikes_seen=None)


def _same(known: BikeRef, bike: BikeRef) -> bool:
    """Whether nothing that is said of ``bike`` speaks against the one we know."""
    return (
        known.model == bike.model
        and bike.generation in {None, known.generation}
        and bike.year in {None, known.year}
    )


def change(session: Session, turn: Turn) -> Reply:
    """Another motorcycle in place of the old one; asks which when none is named."""
    bike = catalogue.read_bike(session, turn.text)
    if bike is None:
        reply = ask("utter_add_bike_which", awaiting="garage")
        return reply.remember(goal="replace_bike")
    return put(session, turn, bike, replacing=True)


def put(session: Session, turn: Turn, bike: BikeRef, *, replacing: bool) -> Reply:
    """Keep ``bike``; ``replacing`` forgets the only other one. What is kept is said back."""
    bikes = customers.bikes(session, turn.customer)
    if replacing and len(bikes) == 1:
        customers.remove_bike(session, turn.customer, bikes[0].id, actor=turn.actor)
    customers.add_bike(
        session, turn.customer, bike.model, bike.generation, bike.year, actor=turn.actor
    )
    kept = say("utter_bike_kept", bike=bike_text(bike)).remember(bike=bike_slot(bike), goal=None)
    return kept + ask("utter_bike_next", awaiting="part") if not turn.active_form else kept


def sibling(session: Session, text: str, bikes: Sequence[BikeRef]) -> BikeRef | None:
    """ "Yang buat 125": the model of this size beside the one spoken of, Vario 125 beside 150."""
    sizes = re.findall(r"(?<![\w/.,-])(1\d\d|250)(?![\w/.,-])", text)
    own = re.fullmatch(r"(.*\D) (\d{3})", bikes[0].model) if len(bikes) == 1 else None
    if own is None or len(sizes) != 1 or sizes[0] == own[2]:
        return None
    found = catalogue.read_bike(session, f"{own[1]} {sizes[0]}")
    return found if found is not None and found.model == f"{own[1]} {sizes[0]}" else None
