"""A server that says it is up has read a sentence once: the first customer does not wait for what
is loaded when it is first needed."""

from __future__ import annotations

import gc
from typing import Any

import rasa.core.run

SENTENCE = "where is my order"
"""English, for which the meaning of the whole sentence is always looked at."""
_load = rasa.core.run.load_agent_on_start


async def load(*given: Any) -> Any:
    """As Rasa's; and what was loaded is left out of every later search for garbage."""
    agent = await _load(*given)
    if agent is not None and agent.is_ready():
        await agent.parse_message(SENTENCE)
    gc.collect()
    gc.freeze()
    # A message makes tens of thousands of objects, nearly all of which go when it is answered.
    gc.set_threshold(10_000, 20, 20)
    return agent
