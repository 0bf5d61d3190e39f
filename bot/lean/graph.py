"""Runs a model's graph in an order that is worked out once for each target.

Rasa gives the graph to Dask for every message, which sorts it, keeps the books of a scheduler and
then calls the nodes one after the other. Here only the calling is left.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from rasa.engine.exceptions import GraphRunError
from rasa.engine.runner.dask import DaskGraphRunner


class OrderedGraphRunner(DaskGraphRunner):
    """Rasa's runner, whose nodes and whose answers it has, without Dask."""

    @cached_property
    def _orders(self) -> dict[tuple[str, ...], list[str]]:
        return {}

    def run(
        self, inputs: dict[str, Any] | None = None, targets: list[str] | None = None
    ) -> dict[str, Any]:
        """See GraphRunner.run. Raises GraphRunError for an input that is called like a node."""
        wanted = tuple(targets or self._graph_schema.target_names)
        given = inputs or {}
        if clashing := given.keys() & self._graph_schema.nodes.keys():
            raise GraphRunError(f"inputs called like nodes: {sorted(clashing)}")
        order = self._orders.get(wanted)
        if order is None:
            order = self._orders[wanted] = self._order(wanted)
        done = {name: (name, value) for name, value in given.items()}
        for name in order:
            needs = self._graph_schema.nodes[name].needs.values()
            # What nobody provided goes by its name: the node then says what it misses.
            done[name] = self._instantiated_nodes[name](*(done.get(one, one) for one in needs))
        return dict(done[name] for name in wanted)

    def _order(self, targets: Sequence[str]) -> list[str]:
        """The nodes that ``targets`` need, each after those that it needs itself."""
        order: dict[str, None] = {}

        def visit(name: str) -> None:
            node = self._graph_schema.nodes.get(name)
            if node is None or name in order:  # an input, or done
                return
            for needed in node.needs.values():
                visit(needed)
            order[name] = None

        for target in targets:
            visit(target)
        return list(order)
