"""Tables of allowed moves, so that a state changes in one way and by the right hands only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from crm_core.errors import Conflict

S = TypeVar("S", bound=str)

EVERYONE = frozenset({"customer", "bot", "staff", "system"})


@dataclass(frozen=True, slots=True)
class Transition:
    """A move and who may make it (kinds of :class:`crm_core.timeline.Actor`)."""

    name: str
    actors: frozenset[str] = EVERYONE


class StateTable(Generic[S]):
    """The declared moves of one kind of thing: ``{(from, to): Transition(name, actors)}``.

    A state from which no move leads is an end; every state must be reachable from ``start``.
    """

    def __init__(self, subject: str, start: S, moves: Mapping[tuple[S, S], Transition]) -> None:
        self.subject = subject
        self.start = start
        self.moves = dict(moves)
        self.states: frozenset[S] = frozenset(state for move in moves for state in move) | {start}
        self._refuse_islands()

    def check(self, old: S, new: S, actor_kind: str) -> Transition:
        """The move from ``old`` to ``new``.

        Raises Conflict("illegal_transition", subject, old, new) if it is not declared or not for
        this kind of actor.
        """
        move = self.moves.get((old, new))
        if move is None or actor_kind not in move.actors:
            raise Conflict("illegal_transition", subject=self.subject, old=str(old), new=str(new))
        return move

    def after(self, state: S) -> frozenset[S]:
        """The states that can follow ``state`` directly."""
        return frozenset(new for old, new in self.moves if old == state)

    @property
    def ends(self) -> frozenset[S]:
        """The states from which nothing follows."""
        return frozenset(state for state in self.states if not self.after(state))

    def _refuse_islands(self) -> None:
        reached, edge = {self.start}, {self.start}
        while edge:
            edge = {new for state in edge for new in self.after(state)} - reached
            reached |= edge
        if islands := sorted(self.states - reached):
            raise ValueError(f"{self.subject}: no way from {self.start} to {', '.join(islands)}")
