"""Puts what this package has in the place of Rasa's own."""

from __future__ import annotations

import functools
from types import SimpleNamespace
from typing import Any, TypeVar

import rasa.core.actions.forms
import rasa.core.channels.rest
import rasa.core.policies.rule_policy
import rasa.core.processor
import rasa.core.run
import structlog
from rasa.core.actions.action import ActionExtractSlots, RemoteAction
from rasa.core.policies.rule_policy import RulePolicy
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event
from rasa.shared.core.slots import Slot
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig
from structlog.tracebacks import ExceptionDictTransformer

from bot.lean import calls, deciding, graph, starting, trackers

Copied = TypeVar("Copied")


def _itself(value: Copied, _: Any = None) -> Copied:
    """These modules copy only what they then give to a log that is not kept."""
    return value


def _unsaid(_: Any) -> str:
    """Rasa's channel copies what somebody wrote into its log when a message fails."""
    return "(not kept)"


def apply() -> None:
    """From now on Rasa works lean."""
    EndpointConfig.session = calls.session
    EndpointConfig.request = calls.asked
    RemoteAction._action_call_format = calls.told
    RemoteAction._validate_action_result = calls.is_valid
    Event.resolve_by_type = staticmethod(functools.lru_cache(256)(Event.resolve_by_type))
    rasa.core.run.load_agent_on_start = starting.load
    rasa.core.processor.DaskGraphRunner = graph.OrderedGraphRunner
    RulePolicy._find_action_from_rules = deciding.find_action
    RulePolicy._get_possible_keys = deciding.possible_keys
    RulePolicy._prediction_states = deciding.last_states
    DialogueStateTracker.copy = trackers.copy_of
    Slot.__copy__ = trackers.slot_copy
    ActionExtractSlots.run = trackers.extract
    Domain.is_empty = trackers.is_empty
    for module in (rasa.core.processor, rasa.core.policies.rule_policy, rasa.core.actions.forms):
        module.copy = SimpleNamespace(deepcopy=_itself)
    rasa.core.channels.rest.copy = SimpleNamespace(deepcopy=_unsaid)
    # Where an exception came from, without the values of that moment: they say who wrote what.
    told = ExceptionDictTransformer(show_locals=False)
    structlog.processors.dict_tracebacks = structlog.processors.ExceptionRenderer(told)
