"""Tables of allowed moves, so that a state changes in one way and by the right hands only."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from crm_core.errors import Conflict

S = TypeVar("S", bound=str)

EVERYONE = frozenset({"customer", "bot", "staff", "system"})


@dataclass(frozen=True, slots=True)
class Transition:
    """A move and who may make it (kinds of :class:`crm_core.timeline.Actor`).

    ``needs`` is a fact that must hold of the thing itself, such as "paid".
    """

    name: str
    actors: frozenset[str] = EVERYONE
    needs: str | None = None


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

    def check(self, old: S, new: S, actor_kind: str, facts: Collection[str] = ()) -> Transition:
        """The move from ``old`` to ``new`` of a thing of which ``facts`` hold.

        Raises Conflict("illegal_transition", subject, old, new) if it is not declared, not for
        this kind of actor, or needs a fact that does not hold.
        """
        move = self.moves.get((old, new))
        allowed = move is not None and (move.needs is None or move.needs in facts)
        if move is None or not allowed or actor_kind not in move.actors:
            raise Conflict("illegal_transition", subject=self.subject, old=str(old), new=str(new))
        return move

    def after(self, state: S, facts: Collection[str] | None = None) -> frozenset[S]:
        """The states that can follow ``state`` directly; with ``facts``, of such a thing."""
        return frozenset(
            new
            for (old, new), move in self.moves.items()
            if old == state and (facts is None or move.needs is None or move.needs in facts)
        )

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
