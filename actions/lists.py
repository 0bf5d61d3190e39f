"""A pasted list or several parts in one message: one priced answer, then one change of the cart.

The lines that need a word from the customer are asked about one by one, with choices; a bike that
would settle several is asked for once.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from actions import listing
from actions.listquestions import list_command, which_bike, which_part
from actions.nexts import what_next
from actions.reply import Option, Reply, ask, say
from actions.showing import own_price
from crm_core import carts, catalogue, customers
from crm_core.money import find_amount, format_rupiah

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from actions.turn import Turn
    from crm_core.catalogue import BikeRef, Edit, ListLine, ListQuote, QuoteLine, ShoppingList

ASKING = frozenset({"list_line", "list_bike", "list_all"})
"""What a reply about a list waits for."""
_SKIP = re.compile(
    r"\b(?:skip|lewat\w*|(?:ga|gak|nggak|ngga|tak|ndak|tidak|tdk)\s*(?:usah|jadi|perlu)|gausah|"
    r"hapus|buang|coret|keluar\w*|remove|delete|drop|next)\b",
    re.IGNORECASE,
)
_ALL_IN = re.compile(
    r"\b(?:masuk\w*|(?:pesan|ambil|order|mau|take|add) (?:semua\w*|all|everything)|semuanya|"
    r"lanjut\w*|gas\w*|oke?|ok|sip|iya|ya|yes|keranjang|cart)\b",
    re.IGNORECASE,
)
_ORDERS = re.compile(
    r"\b(?:(?:di)?tambah\w*|(?:di)?masuk\w*|ambil\w*|ambek|pesan\w*|pesen\w*|order\w*|beli\w*|bungkus\w*|sikat|"
    r"add|take|buy|i'?ll (?:have|take)|gimme|give me)\b",
    re.IGNORECASE,
)
_ASKED = "list"
"""The slot ``goal`` while a list is asked about that was left behind."""
_FEW = 3
"""So many things in one sentence need not be read back first: the cart shows them. Our choice."""
_EACH = re.compile(
    r"\b(?:beda\w*|macam\w*|campur\w*|(?:tidak|tak|ga|gak|ndak) ?(?:tau|tahu)|not sure|different)\b"
)


def instead(
    session: Session, turn: Turn, text: str, bikes: Sequence[BikeRef], *, order: bool = False
) -> Reply | None:
    """The answer when a search is a matter of lists after all; None for all other searches.

    It is one when it names several things, or answers the line that was asked about. Raises
    InvalidInput ("list_too_long").
    """
    lines = catalogue.listed(text)
    if lines:
        said_so = order and bool(_ORDERS.search(turn.typed)) and "?" not in turn.typed
        return begin(session, turn, lines, bikes, order=said_so)
    if turn.awaiting not in {"list_line", "list_bike"}:
        return None
    row = catalogue.open_list(session, turn.conversation.id)
    line = asked(session, row) if row is not None else None
    if row is None or line is None:
        return None
    said = catalogue.understand(session, text)
    own = catalogue.understand(session, line.entry.line.text)
    if said.codes or (said.part_terms and not set(said.part_terms) & set(own.part_terms)):
        return None  # another part: a search of its own
    return answer(session, turn, row)


def answer(session: Session, turn: Turn, row: ShoppingList) -> Reply:
    """Words typed while a question about the list is open."""
    if turn.awaiting == "list_all" or (turn.awaiting is None and _ALL_IN.search(turn.text)):
        return _to_all(session, turn, row)
    if turn.awaiting == "list_bike":
        bike = catalogue.read_bike(session, turn.text)
        if bike is None and not _EACH.search(turn.text.casefold()):
            return again(session, turn, row)
        return say_bike(session, turn, row, bike)
    line = asked(session, row)
    if line is None:
        return again(session, turn, row)
    if _SKIP.search(turn.text):
        return skip(session, turn, row)
    chosen = _meant(line, turn)
    if chosen is not None:
        catalogue.choose_part(session, row, line.number, chosen)
    else:
        catalogue.say_line(session, row, line.number, turn.text)
    return go_on(session, turn, row, told=line.number)


def _to_all(session: Session, turn: Turn, row: ShoppingList) -> Reply:
    edits = _by_words(session, turn, row)
    if edits:
        return edit(session, turn, row, edits)
    lines = catalogue.read_list(turn.text) if turn.intent in {"order_part", "find_part"} else ()
    if lines:  # "sama busi beat 2 juga"
        catalogue.extend_list(session, row, lines)
        return again(session, turn, row)
    if _ALL_IN.search(turn.text) or turn.intent in {"affirm", "checkout", "order_part"}:
        return into_cart(session, turn, row)
    return again(session, turn, row)


def _by_words(session: Session, turn: Turn, row: ShoppingList) -> tuple[Edit, ...]:
    """ "Businya jadi 3", "hapus oli": the one line that has all the words for a part."""
    said = catalogue.understand(session, turn.text)
    named = [
        line.number
        for line in listing.quoted(session, turn, row).lines
        if said.part_terms and set(said.part_terms) <= _terms(session, line)
    ]
    if len(named) != 1:
        return ()
    if _SKIP.search(turn.text):
        return (catalogue.Edit(named[0], "remove"),)
    if said.quantity is None:
        return ()
    return (catalogue.Edit(named[0], "quantity", said.quantity),)


def _terms(session: Session, line: QuoteLine) -> set[str]:
    name = line.part.name if line.part else line.entry.line.text
    return set(catalogue.understand(session, name).part_terms)


def _meant(line: QuoteLine, turn: Turn) -> str | None:
    """The choice that is named by its price, or the only one when they say yes."""
    offered = [part for part in (line.substitute, *line.choices) if part is not None]
    amount = find_amount(turn.text)
    found = [part.part_code for part in offered if amount and own_price(turn, part).unit == amount]
    if not found and turn.intent == "affirm":
        found = [part.part_code for part in offered]
    return found[0] if len(found) == 1 else None


def say_bike(session: Session, turn: Turn, row: ShoppingList, bike: BikeRef | None) -> Reply:
    """The bike for the lines that lack one; None when they are for different bikes."""
    if bike is None:
        catalogue.bikes_differ(session, row)
        return go_on(session, turn, row)
    if turn.intent == "add_bike":
        customers.add_bike(
            session, turn.customer, bike.model, bike.generation, bike.year, actor=turn.actor
        )
    quote = listing.quoted(session, turn, row)
    numbers = [line.number for line in quote.lines if line.entry.missing == "bike"]
    catalogue.tell_bike(session, row, bike, numbers)
    return again(session, turn, row)


def skip(session: Session, turn: Turn, row: ShoppingList) -> Reply:
    """Leave out the line that was asked about."""
    line = asked(session, row)
    if line is not None:
        catalogue.skip_lines(session, row, [line.number])
    return go_on(session, turn, row)


def asked(session: Session, row: ShoppingList) -> QuoteLine | None:
    """The line that was asked about: the first that is open."""
    quote = catalogue.list_quote(session, row)
    return next((line for line in quote.lines if line.open), None)


def go_on(session: Session, turn: Turn, row: ShoppingList, told: int | None = None) -> Reply:
    """What became of line ``told``, and the next question; the whole list when none is left."""
    quote = listing.quoted(session, turn, row)
    if not any(line.open for line in quote.lines):
        return again(session, turn, row)
    line = next((line for line in quote.lines if line.number == told), None)
    following_ = following(session, turn, row, quote)
    if line is None or line.open:
        return _clean(following_)
    noted = say("utter_list_noted", lines=listing.rows(turn, [line]))
    return _clean(noted + following_)


def ask_again(session: Session, turn: Turn) -> Reply:
    """The open question about a list once more; empty without one."""
    row = catalogue.open_list(session, turn.conversation.id)
    if row is None:
        return Reply()
    return following(session, turn, row, listing.quoted(session, turn, row))


def begin(
    session: Session,
    turn: Turn,
    lines: Sequence[ListLine],
    bikes: Sequence[BikeRef],
    *,
    order: bool = False,
) -> Reply:
    """Price a new list, keep it in place of the one before, and ask what is unclear.

    An ``order`` of a few things of which nothing is unclear goes into the cart at once.
    """
    entries = catalogue.look_up(session, lines, bikes=bikes)
    row = catalogue.keep_list(
        session,
        customer_id=turn.customer.id,
        conversation_id=turn.conversation.id,
        entries=entries,
    )
    quote = listing.quoted(session, turn, row)
    listing.keep_wishes(session, turn, quote)
    if order and len(quote.lines) <= _FEW and len(quote.ready) == len(quote.lines):
        return into_cart(session, turn, row)
    return _quoted(session, turn, row, quote)


def again(session: Session, turn: Turn, row: ShoppingList) -> Reply:
    """The whole list once more, as it stands now, and what is unclear."""
    return _quoted(session, turn, row, listing.quoted(session, turn, row))


def edit(session: Session, turn: Turn, row: ShoppingList, edits: Sequence[Edit]) -> Reply:
    """Change lines by their numbers; then the list again. A short list is shown as a whole."""
    catalogue.edit_lines(session, row, edits)
    quote = listing.quoted(session, turn, row)
    changed = {edit.line for edit in edits}
    lines = [line for line in quote.lines if line.number in changed]
    told = say(
        "utter_list_changed",
        lines=listing.rows(turn, lines),
        total=format_rupiah(quote.total),
    )
    return _clean(told + following(session, turn, row, quote))


def _quoted(session: Session, turn: Turn, row: ShoppingList, quote: ListQuote) -> Reply:
    facts = {
        "count": len(quote.lines),
        "ready": len(quote.ready),
        "total": format_rupiah(quote.total),
    }
    if not quote.ready and any(line.open for line in quote.lines):
        told = say("utter_list_unclear", lines=listing.rows(turn, quote.lines))
    elif listing.brief(turn, quote):
        told = say("utter_list_brief", rest=listing.summary(turn, quote), **facts)
    else:
        told = say("utter_list", lines=listing.rows(turn, quote.lines), **facts)
    return _clean(told + following(session, turn, row, quote))


def following(session: Session, turn: Turn, row: ShoppingList, quote: ListQuote) -> Reply:
    """The next question about a list: the bike, the next doubtful line, or all into the cart."""
    lacks_bike = [line for line in quote.lines if line.open and line.entry.missing == "bike"]
    if len(lacks_bike) >= 2:
        return which_bike(session, turn, row, lacks_bike)
    doubtful = [line for line in quote.lines if line.open]
    if doubtful:
        return which_part(turn, row, doubtful)
    if not quote.ready:
        return _nothing_ready(session, turn, row, quote)
    options = [Option(turn.words.label("list_all"), list_command(row, choice="all"))]
    if _can_tell(quote):
        options.append(Option(turn.words.label("list_tell"), list_command(row, choice="tell")))
    options.append(Option(turn.words.label("list_drop"), list_command(row, choice="drop")))
    return ask("utter_list_all", options, awaiting="list_all", count=len(quote.ready))


def _nothing_ready(session: Session, turn: Turn, row: ShoppingList, quote: ListQuote) -> Reply:
    options = [turn.option("person", "talk_to_human")]
    if _can_tell(quote):
        options.insert(0, Option(turn.words.label("list_tell"), list_command(row, choice="tell")))
    else:
        catalogue.close_list(session, row)
    return ask("utter_list_nothing", options, awaiting="offer_human")


def into_cart(session: Session, turn: Turn, row: ShoppingList) -> Reply:
    """All lines that are ready into the cart at once; what is there already counts."""
    quote = listing.quoted(session, turn, row)
    held = {line.part_code: line.quantity for line in carts.hold(session, turn.customer).lines}
    wanted: dict[str, int] = {}
    there: dict[str, int] = {}
    for line in quote.ready:
        if line.part is not None:
            code = line.part.part_code
            wanted[code] = wanted.get(code, 0) + line.quantity
            there[code] = line.part.stock_available - held.get(code, 0)
    lines = [(code, min(count, there[code])) for code, count in wanted.items() if there[code] > 0]
    if not lines:
        return again(session, turn, row) if not quote.ready else _all_there(session, turn, row)
    cart = carts.add_all(session, turn.customer, lines, turn.actor)
    rest = listing.wait_for_rest(session, turn, quote)
    catalogue.close_list(session, row)
    fewer = sum(wanted.values()) - sum(count for _, count in lines)
    added = say(
        "utter_list_added_fewer" if fewer else "utter_list_added",
        count=len(lines),
        pieces=sum(count for _, count in lines),
        fewer=fewer,
        total=format_rupiah(cart.total),
    )
    if rest:
        added += say("utter_list_rest", rest=rest)
    kept = {"part_code": lines[-1][0], "quantity": None, "query": None, "goal": None}
    return (added + what_next(turn)).remember(**kept).end_form()


def agreed(session: Session, turn: Turn) -> Reply | None:
    """The priced list of this talk into the cart, when who has nothing in it wants to order: the
    summary reads it back. None without one, or while a line is unclear."""
    row = catalogue.open_list(session, turn.conversation.id)
    quote = listing.quoted(session, turn, row) if row is not None else None
    if row is None or quote is None or not quote.ready or any(line.open for line in quote.lines):
        return None
    reply = into_cart(session, turn, row)
    return replace(reply, says=reply.says[:1], awaiting=None)


def left_behind(session: Session, turn: Turn) -> Reply | None:
    """The list that is priced but was never taken or called off, asked about once more before the
    cart is ordered without it; None without one, or when all of it is there already."""
    row = catalogue.open_list(session, turn.conversation.id)
    if row is None or (turn.awaiting in ASKING and turn.slots.get("goal") == _ASKED):
        return None
    quote = listing.quoted(session, turn, row)
    held = {line.part_code for line in carts.hold(session, turn.customer).lines}
    if all(line.part is not None and line.part.part_code in held for line in quote.ready):
        catalogue.close_list(session, row)
        return None
    return _quoted(session, turn, row, quote).remember(goal=_ASKED)


def _all_there(session: Session, turn: Turn, row: ShoppingList) -> Reply:
    catalogue.close_list(session, row)
    return say("utter_list_in_cart") + what_next(turn)


def tell(session: Session, turn: Turn, row: ShoppingList) -> Reply:
    """The customer wants to hear when what is missing comes in."""
    quote = listing.quoted(session, turn, row)
    listing.keep_wishes(session, turn, quote, notify=True)
    missing = [line.number for line in quote.lines if _lacks_all(line)]
    catalogue.skip_lines(session, row, missing)
    told = say("utter_list_told", lines=", ".join(map(str, missing)))
    quote = listing.quoted(session, turn, row)
    if not quote.ready and not any(line.open for line in quote.lines):
        catalogue.close_list(session, row)
        return told
    return _clean(told + following(session, turn, row, quote))


def drop(session: Session, row: ShoppingList | None) -> Reply:
    """The customer calls the list off."""
    if row is not None:
        catalogue.close_list(session, row)
    return say("utter_list_dropped").end_form()


def _can_tell(quote: ListQuote) -> bool:
    return any(_lacks_all(line) for line in quote.lines)


def _lacks_all(line: QuoteLine) -> bool:
    """Of a short line the rest is waited for anyway, once what is there is taken."""
    return line.state in listing.WISHED and line.state != "short"


def _clean(reply: Reply) -> Reply:
    """A list is a matter of its own: a form and a search that were open end with it."""
    return reply.forget("query", "quantity", "goal", "part_code", "summary_total").end_form()
