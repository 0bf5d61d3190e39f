"""The inbox: who wrote, who waits, who has whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import render_template, request

from channels import login
from channels.console.frame import blueprint, is_fragment, work
from channels.login import allows
from crm_core import conversations, handoffs

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from crm_core.conversations import InboxRow
    from crm_core.handoffs import HandoffView

TABS = ("waiting", "mine", "bot", "all")
ROWS = 40


@dataclass(frozen=True, slots=True)
class Talk:
    """A line of the inbox: the conversation and, if people have it, its hand-off."""

    row: InboxRow
    handoff: HandoffView | None

    @property
    def mood(self) -> str | None:
        """ "angry" or "unhappy" if the customer sounded so."""
        mood = self.handoff.packet.get("mood") if self.handoff else None
        return mood if mood in {"angry", "unhappy"} else None


def tab() -> str:
    """The chosen tab; the waiting ones come first."""
    wanted = request.args.get("tab", "waiting")
    return wanted if wanted in TABS else "waiting"


def read(session: Session) -> dict[str, Any]:
    """What the list shows for this request's tab, search and page."""
    chosen, me = tab(), login.me()
    found = conversations.inbox(
        session,
        handler={"waiting": "queue", "mine": "agent", "bot": "bot"}.get(chosen),
        agent_id=me.id if chosen == "mine" else None,
        query=request.args.get("q"),
        cursor=request.args.get("cursor"),
        limit=ROWS,
    )
    open_ = handoffs.open_of(session, [row.id for row in found.items])
    talks = [Talk(row, open_.get(row.public_id)) for row in found.items]
    if chosen == "waiting":  # whoever was promised an answer soonest comes first
        talks.sort(
            key=lambda one: one.handoff.promised_at if one.handoff else one.row.last_message_at
        )
    counts = conversations.counts(session)
    return {
        "talks": talks,
        "next": found.next,
        "tab": chosen,
        "q": request.args.get("q", ""),
        "tabs": {
            "waiting": counts["queue"],
            "mine": conversations.count_of_agent(session, me.id),
            "bot": counts["bot"],
            "all": sum(counts.values()),
        },
        "chosen": request.args.get("chosen"),
    }


@blueprint.get("/inbox")
@allows("reply")
def inbox() -> str:
    """The list alone, or as a part of a page."""
    with work() as session:
        shown = read(session)
    if is_fragment():
        more = "cursor" in request.args
        return render_template("console/_talks.html" if more else "console/_inbox.html", **shown)
    return render_template("console/inbox.html", **shown)
