"""What a misunderstood message may become, how it is shown, and when a training may be taken."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from crm_core.errors import InvalidInput
from crm_core.learning.private import IN_EXAMPLES
from crm_core.states import StateTable, Transition

INTENTS: dict[str, tuple[str, ...]] = {
    "find": (
        "find_part", "check_fitment", "ask_part_detail", "request_part", "ask_promo", "bargain",
    ),
    "order": (
        "order_part", "change_cart", "show_cart", "checkout", "order_status", "cancel_order",
        "reorder", "ask_invoice",
    ),
    "pay": ("ask_payment_method", "report_payment"),
    "ship": ("ask_shipping", "track_shipment"),
    "service": (
        "complain", "return_part", "complaint_status", "talk_to_human", "ask_store_info",
        "service_advice", "ask_points",
    ),
    "self": (
        "update_profile", "add_bike", "ask_my_data", "delete_my_data", "opt_out", "opt_in",
    ),
    "talk": (
        "greet", "thank", "goodbye", "affirm", "deny", "help", "bot_challenge",
        "change_language", "repeat", "inform", "out_of_scope",
    ),
}  # fmt: skip
"""What a message may be labelled as, in groups as the screen shows them."""

LABELS = frozenset(name for names in INTENTS.values() for name in names)
MOST_LOST = 5
"""Per mille that any figure may drop before a training is refused: half a point."""
HELD_BACK_FROM = 30
"""From this many labelled texts on, every third is kept for measuring and never learned."""
LONGEST_EXAMPLE = 300
"""Characters; longer messages are stories, which teach the model nothing about one intent."""

_STAFF = frozenset({"staff", "system"})


class State(StrEnum):
    """Where a misunderstood message stands."""

    OPEN = "open"
    LABELLED = "labelled"
    DISMISSED = "dismissed"


class Reason(StrEnum):
    """Why a message is on the list."""

    FALLBACK = "fallback"
    LOW_CONFIDENCE = "low_confidence"
    HANDED_OVER = "handed_over"
    FLAGGED = "flagged"


STATES: StateTable[State] = StateTable(
    "misunderstood",
    State.OPEN,
    {
        (State.OPEN, State.LABELLED): Transition("labelled", _STAFF),
        (State.OPEN, State.DISMISSED): Transition("dismissed", _STAFF),
        (State.LABELLED, State.LABELLED): Transition("relabelled", _STAFF),
        (State.LABELLED, State.DISMISSED): Transition("withdrawn", _STAFF),
        (State.LABELLED, State.OPEN): Transition("reopened", _STAFF),
        (State.DISMISSED, State.LABELLED): Transition("labelled_after_all", _STAFF),
        (State.DISMISSED, State.OPEN): Transition("reopened", _STAFF),
    },
)


class TrainingState(StrEnum):
    """How far a training has come; only ``taken`` changes what the assistant knows."""

    REQUESTED = "requested"
    RUNNING = "running"
    TAKEN = "taken"
    REFUSED = "refused"
    FAILED = "failed"


TRAINING: StateTable[TrainingState] = StateTable(
    "training",
    TrainingState.REQUESTED,
    {
        (TrainingState.REQUESTED, TrainingState.RUNNING): Transition("begun"),
        (TrainingState.REQUESTED, TrainingState.FAILED): Transition("given_up"),
        (TrainingState.RUNNING, TrainingState.TAKEN): Transition("taken"),
        (TrainingState.RUNNING, TrainingState.REFUSED): Transition("refused"),
        (TrainingState.RUNNING, TrainingState.FAILED): Transition("failed"),
    },
)

_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_ADDRESS = re.compile(r"(https?://|www\.)([\w.-]+)[^\s]*", re.IGNORECASE)
_PHONE = re.compile(r"(?<![\w])(?:\+?62|0)[\s.-]?8\d(?:[\s.-]?\d){6,11}(?!\w)")
_LONG_NUMBER = re.compile(r"(?<!\w)(?:\d(?:[.-]?\d){7,}|\d{3,4}(?: \d{3,4}){2,})(?!\w)")
_AMOUNT = re.compile(r"\d{1,3}(?:[.]\d{3})+|\d{1,3}(?:,\d{3})+")
_MARKUP = str.maketrans(dict.fromkeys("[]{}()|<>\\`", " "))


def masked(text: str) -> str:
    """``text`` as staff and the training data may see it.

    Phone numbers keep four digits ("0812xxxxxxxx"), other numbers of eight digits or more two
    ("12••••••••"; an amount with thousands marks stays), e-mail addresses and the rest of links
    go. Names and street addresses cannot be known from the text: see ``private.hidden``.
    """
    text = _MAIL.sub("•••@•••", text)
    text = _ADDRESS.sub(r"\1\2", text)
    text = _PHONE.sub(lambda found: _hide(found.group(), keep=4, sign="x"), text)
    return _LONG_NUMBER.sub(_long_number, text)


def _long_number(found: re.Match[str]) -> str:
    number = found.group()
    return number if _AMOUNT.fullmatch(number) else _hide(number, keep=2, sign="•")


def _hide(number: str, *, keep: int, sign: str) -> str:
    digits = "".join(char for char in number if char.isdigit())
    plus = "+" if number.startswith("+") else ""
    return plus + digits[:keep] + sign * (len(digits) - keep)


def key_of(text: str) -> str:
    """What makes two messages the same on the list: letters and figures, in small, once spaced."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    words = " ".join(re.findall(r"[^\W_]+", plain)) or " ".join(plain.split())
    if len(words) <= LONGEST_EXAMPLE:
        return words
    return words[:LONGEST_EXAMPLE] + hashlib.sha256(words.encode()).hexdigest()[:16]


def example(text: str) -> str | None:
    """The masked ``text`` as one line of training data, or None when it cannot teach anything.

    Signs that mean something in Rasa's examples (entities, commands) become spaces: what a
    customer typed is never markup.
    """
    line = text.replace("•••@•••", "nama@surel.com").replace("•", "0")
    for placeholder, invented in IN_EXAMPLES.items():
        line = line.replace(placeholder, invented)
    line = " ".join(line.translate(_MARKUP).split()).lstrip("/-# ")
    return line if line and len(line) <= LONGEST_EXAMPLE else None


def checked_label(label: str) -> str:
    """``label`` if it is an intent of the assistant, else InvalidInput("intent_unknown")."""
    if label not in LABELS:
        raise InvalidInput("intent_unknown", intent=label[:60])
    return label


def held_back(key: str) -> bool:
    """Whether a text is one of the third that measures; the same answer for ever."""
    return hashlib.sha256(key.encode()).digest()[0] % 3 == 0


@dataclass(frozen=True, slots=True)
class Figures:
    """How well a model understands, in per mille; ``messages`` is how many were asked."""

    messages: int
    accuracy: int
    out_of_scope_f1: int
    registers: Mapping[str, int]

    def to_json(self) -> dict[str, Any]:
        """As kept with a training."""
        return {
            "messages": self.messages,
            "accuracy": self.accuracy,
            "out_of_scope_f1": self.out_of_scope_f1,
            "registers": dict(self.registers),
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Figures:
        """What :meth:`to_json` wrote."""
        return cls(
            messages=int(kept["messages"]),
            accuracy=int(kept["accuracy"]),
            out_of_scope_f1=int(kept["out_of_scope_f1"]),
            registers={str(name): int(value) for name, value in kept["registers"].items()},
        )

    def rows(self) -> list[tuple[str, int]]:
        """All figures with their names, the main one first."""
        named = [("accuracy", self.accuracy), *sorted(self.registers.items())]
        return [*named, ("out_of_scope_f1", self.out_of_scope_f1)]


def worse(before: Figures, after: Figures) -> list[str]:
    """The figures that dropped by more than half a point; a figure that is gone counts too."""
    now = dict(after.rows())
    return [name for name, value in before.rows() if now.get(name, -1) < value - MOST_LOST]
