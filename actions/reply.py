"""What an action answers: sentences by name, choices, and what the dialogue remembers.

A reply is plain data, so it can be stored with the change it reports and be said again after a
crash. The words themselves are in ``bot/domain``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class Option:
    """An answer offered to the customer; ``payload`` is the command that Rasa gets for it."""

    label: str
    payload: str
    description: str | None = None


def command(intent: str, **entities: str | int) -> str:
    """``/intent{…}``: what a tapped choice says. Made by us only; a customer's slash is defused."""
    return f"/{intent}{json.dumps(entities)}" if entities else f"/{intent}"


@dataclass(frozen=True, slots=True)
class Say:
    """One response of the domain with the values of its variables."""

    response: str
    variables: dict[str, Any] = field(default_factory=dict)
    options: tuple[Option, ...] = ()


@dataclass(frozen=True, slots=True)
class Reply:
    """Sentences in order, slots to set, and where the dialogue stands afterwards.

    ``awaiting`` names the question that was just asked. ``form`` opens a form, ``leave_form``
    ends the one that is open; otherwise an open form asks its question again.
    """

    says: tuple[Say, ...] = ()
    slots: dict[str, Any] = field(default_factory=dict)
    awaiting: str | None = None
    form: str | None = None
    leave_form: bool = False

    def __add__(self, other: Reply) -> Reply:
        """Both replies as one; where both decide something, the later one does."""
        return Reply(
            says=self.says + other.says,
            slots=self.slots | other.slots,
            awaiting=other.awaiting or self.awaiting,
            form=other.form or self.form,
            leave_form=self.leave_form or other.leave_form,
        )

    def remember(self, **slots: Any) -> Reply:
        """The same reply that also keeps ``slots`` for later turns."""
        return replace(self, slots=self.slots | slots)

    def forget(self, *names: str) -> Reply:
        """The same reply that also empties the slots ``names``."""
        return replace(self, slots=self.slots | dict.fromkeys(names))

    def expect(self, awaiting: str) -> Reply:
        """The same reply, after which an answer to ``awaiting`` is expected."""
        return replace(self, awaiting=awaiting)

    def end_form(self) -> Reply:
        """The same reply that also ends an open form."""
        return replace(self, leave_form=True)

    def without_options(self) -> Reply:
        """The same reply without its choices: the question that follows has its own."""
        return replace(self, says=tuple(replace(said, options=()) for said in self.says))

    def told(self, responses: Mapping[str, Any]) -> Reply:
        """The same reply for the middle of a form, which asks its own question afterwards: without
        choices, and in the words that end with no question where there are such."""
        says = tuple(
            replace(said, options=(), response=_told(said.response, responses))
            for said in self.says
        )
        return replace(self, says=says)

    def to_json(self) -> dict[str, Any]:
        """JSON values only, as stored with an effect."""
        return {
            "says": [
                {
                    "response": said.response,
                    "variables": said.variables,
                    "options": [[o.label, o.payload, o.description] for o in said.options],
                }
                for said in self.says
            ],
            "slots": self.slots,
            "awaiting": self.awaiting,
            "form": self.form,
            "leave_form": self.leave_form,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Reply:
        """The reply that :meth:`to_json` wrote."""
        return cls(
            says=tuple(
                Say(
                    said["response"],
                    dict(said["variables"]),
                    tuple(Option(*option) for option in said["options"]),
                )
                for said in stored["says"]
            ),
            slots=dict(stored["slots"]),
            awaiting=stored["awaiting"],
            form=stored["form"],
            leave_form=stored["leave_form"],
        )


def _told(response: str, responses: Mapping[str, Any]) -> str:
    other = f"{response}_told"
    return other if other in responses else response


def say(response: str, **variables: Any) -> Reply:
    """A reply of one sentence."""
    return Reply((Say(response, variables),))


def ask(
    response: str,
    options: Iterable[Option] = (),
    *,
    awaiting: str | None = None,
    **variables: Any,
) -> Reply:
    """A question with ``options``; ``awaiting`` names what a free answer will be taken for."""
    return Reply((Say(response, variables, tuple(options)),), awaiting=awaiting)


def open_form(name: str) -> Reply:
    """Let the form ``name`` ask for what it needs."""
    return Reply(form=name)
