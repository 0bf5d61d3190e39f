"""Loads a trained model once and reads lines: ``python bot/parse.py MODEL < lines > results``.

Run by bot/.venv (Rasa's Python 3.10). Each input line is JSON with ``text`` and ``read`` (the text
as the assistant is to read it); each output line has text, intent, confidence, entities and
``fallback``: whether the assistant would ask again instead of acting on that intent; and
``sentiment``: label, confidence and ``angry`` (null for an empty text).
"""

import asyncio
import json
import logging
import sys
import warnings
from typing import Any

# Rasa sets its own filters; without this its libraries' deprecations would be shown on every call.
warnings.showwarning = lambda *_args, **_named: None  # type: ignore[assignment]
logging.disable(logging.WARNING)

import structlog  # noqa: E402 - comes with Rasa
from rasa.core.agent import Agent  # noqa: E402 - after the warnings that its imports give

# Rasa logs each message through structlog, which writes to standard output: our result channel.
structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))

FALLBACK = "nlu_fallback"


def _result(text: str, parsed: dict[str, Any]) -> dict[str, Any]:
    intent = parsed.get("intent") or {}
    unsure = intent.get("name") == FALLBACK
    if unsure:  # what the model leans to says more than that it is unsure
        ranked = (one for one in parsed.get("intent_ranking", []) if one["name"] != FALLBACK)
        intent = next(ranked, intent)
    kept = ("entity", "value", "start", "end", "role", "group", "confidence_entity", "extractor")
    entities = [
        {name: entity[name] for name in kept if entity.get(name) is not None}
        for entity in parsed.get("entities", [])
    ]
    return {
        "text": text,
        "intent": intent.get("name"),
        "confidence": round(float(intent.get("confidence") or 0.0), 4),
        "entities": entities,
        "fallback": unsure,
        "sentiment": parsed.get("sentiment"),
    }


async def _parse(agent: Agent) -> None:
    for line in sys.stdin:
        asked = json.loads(line)
        if asked["read"].strip():
            parsed = await agent.parse_message(asked["read"])
        else:
            parsed = {}
        print(json.dumps(_result(asked["text"], parsed), ensure_ascii=False), flush=True)


if __name__ == "__main__":
    asyncio.run(_parse(Agent.load(sys.argv[1])))
