"""The shop itself: hours, place, how to buy, promotions, and short safe advice."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from babel.dates import get_day_names

from actions import reading
from actions.base import CrmAction
from actions.reply import Reply, ask, say
from actions.showing import whole
from crm_core import loyalty, shop
from crm_core.errors import NotFound
from crm_core.loyalty import Tier
from crm_core.money import Rupiah, format_rupiah

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from actions.turn import Turn


_TIERS = {
    Tier.BRONZE: "utter_line_tier_bronze",
    Tier.SILVER: "utter_line_tier_silver",
    Tier.GOLD: "utter_line_tier_gold",
}


class AskStoreInfo(CrmAction):
    """Hours, address, contact, how to buy, who we are."""

    action_name = "action_ask_store_info"
    side = True

    def perform(self, session: Session, turn: Turn) -> Reply:
        """Answer what was asked from the shop's own facts and pages."""
        topic = reading.store_topic(turn.typed)
        facts = shop.facts(session)
        shown = {name: facts.get(name, "-") for name in ("name", "address", "city", "phone")}
        if topic == "buying":
            return say("utter_store_buying")
        if topic == "profile":
            return say("utter_store_profile", about=_first_paragraph(session, turn), **shown)
        now_open = turn.words.line("open_now" if shop.is_open(session) else "closed_now")
        if not shop.is_open(session):
            now_open += " " + turn.words.line(
                "opens_again", when=turn.words.moment(shop.next_opening(session))
            )
        return say(f"utter_store_{topic}", hours=_hours(session, turn), now=now_open, **shown)


class AskPoints(CrmAction):
    """How many points have I?"""

    action_name = "action_ask_points"
    side = True

    def perform(self, session: Session, turn: Turn) -> Reply:
        """The balance, what it is worth, the tier and the way to the next one."""
        found = loyalty.standing(session, turn.customer.id)
        if found is None:
            return say("utter_no_points")
        if found.next_tier is None:
            step = turn.words.line("points_top")
        else:
            name = turn.words.text(_TIERS[found.next_tier])
            missing = whole(found.missing, turn.language)
            step = turn.words.line("points_step", missing=missing, tier=name)
        return say(
            "utter_points",
            balance=whole(found.balance, turn.language),
            worth=format_rupiah(found.worth),
            tier=turn.words.text(_TIERS[found.tier]),
            step=step,
            per=format_rupiah(Rupiah(found.terms.per_idr)),
            least=whole(found.terms.least, turn.language),
            percent=min(found.terms.most_percent, loyalty.rules.MOST_PERCENT),
        )


class ServiceAdvice(CrmAction):
    """When to change, why it squeals: short, safe, and the offer of a person."""

    action_name = "action_service_advice"
    side = True

    def perform(self, session: Session, turn: Turn) -> Reply:  # noqa: ARG002 - one signature
        """The sentence for the topic; never a torque or a diagnosis."""
        topic = reading.advice_topic(turn.typed)
        return ask(f"utter_advice_{topic}", [turn.option("mechanic", "talk_to_human")])


def plain(body: str) -> str:
    """Markdown as plain text for a chat: no headings, stars, tables or links."""
    text = re.sub(r"^#+\s.*$", "", body, flags=re.MULTILINE)
    text = re.sub(r"\*\*|__|`", "", text)
    text = re.sub(r"\[([^\]]+)\]\([^)]*\)", r"\1", text)
    return re.sub(r"\n{2,}", "\n", text).replace("–", "-").replace("—", "-").strip()


def _first_paragraph(session: Session, turn: Turn) -> str:
    try:
        page = shop.page(session, "company_profile", turn.language)
    except NotFound:
        return ""
    return plain(page.body).split("\n")[0][:400]


def _hours(session: Session, turn: Turn) -> str:
    """Opening hours with equal neighbouring days joined: ``Senin-Jumat 08.00-17.00``."""
    names = get_day_names("wide", locale="id" if turn.language == "id" else "en")
    mark = "." if turn.language == "id" else ":"
    week = shop.hours(session)
    groups: list[tuple[int, int, str]] = []
    for day in range(7):
        spans = ", ".join(
            f"{opens:%H}{mark}{opens:%M}-{closes:%H}{mark}{closes:%M}"
            for opens, closes in week.get(day, [])
        )
        times = spans or turn.words.line("closed")
        if groups and groups[-1][2] == times:
            groups[-1] = (groups[-1][0], day, times)
        else:
            groups.append((day, day, times))
    return ", ".join(
        f"{names[first]}{'' if first == last else '-' + names[last]} {times}"
        for first, last, times in groups
    )
