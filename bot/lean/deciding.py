"""The rule policy, asked only what can change its decision.

A rule looks back over as many states as it has itself, two at most here; Rasa makes the states of
the whole dialogue, twice, copies them for a log that nobody keeps, and compares each of them with
every rule.
"""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

from rasa.core.policies.rule_policy import RULES, RULES_FOR_LOOP_UNHAPPY_PATH, RulePolicy
from rasa.shared.core.constants import (
    ACTION_LISTEN_NAME,
    PREVIOUS_ACTION,
    SHOULD_NOT_BE_SET,
    USER,
)
from rasa.shared.core.domain import Domain, State
from rasa.shared.core.events import ActionExecuted
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import INTENT

Sign = tuple[str | None, str | None]
"""The previous action and the intent of a state."""
_find_action = RulePolicy._find_action_from_rules
_possible_keys = RulePolicy._get_possible_keys
_all_states = RulePolicy._prediction_states


class Rules:
    """What is worked out once about the rules of a policy."""

    def __init__(self, lookup: dict[str, dict[str, str]]) -> None:
        self.source = lookup[RULES]
        states = {key: json.loads(key) for key in self.source}
        self.lengths = {key: len(one) for key, one in states.items()}
        self.longest = max([1, *self.lengths.values()])
        self.by_sign: dict[Sign, list[str]] = defaultdict(list)
        for key, one in states.items():
            self.by_sign[_sign(one[-1])].append(key)
        # Rules about leaving a form are compared by Rasa alone, with all that was.
        self.known = not lookup.get(RULES_FOR_LOOP_UNHAPPY_PATH)
        # A message's text can only decide where a rule waits for any message, or for none.
        self.text_matters = not self.known or any(
            action in (ACTION_LISTEN_NAME, None) and intent is None
            for action, intent in self.by_sign
        )

    def like(self, state: State) -> set[str]:
        """The rules whose last state can be ``state``: they name its action and intent, or none."""
        action, intent = _sign(state)
        signs = {(action, intent), (action, None), (None, intent), (None, None)}
        return {key for sign in signs for key in self.by_sign.get(sign, ())}

    def only_look_at(self, state: State) -> bool:
        """Whether no rule that can end with ``state`` looks further back."""
        return all(self.lengths[key] == 1 for key in self.like(state))


def _sign(state: State) -> Sign:
    if not state.get(PREVIOUS_ACTION):  # the start of a dialogue: a rule for it asks nothing else
        return None, None
    action = state[PREVIOUS_ACTION].get("action_name")
    intent = state.get(USER, {}).get(INTENT)
    return _named(action), _named(intent)


def _named(value: object) -> str | None:
    return value if isinstance(value, str) and value not in ("", SHOULD_NOT_BE_SET) else None


def rules_of(policy: RulePolicy) -> Rules:
    """Those of ``policy``, kept with it."""
    known: Rules | None = getattr(policy, "_sapa_rules", None)
    if known is None or known.source is not policy.lookup[RULES]:
        known = policy._sapa_rules = Rules(policy.lookup)  # type: ignore[attr-defined]
    return known


def find_action(
    self: RulePolicy,
    tracker: DialogueStateTracker,
    domain: Domain,
    use_text_for_last_user_input: bool,
) -> tuple[str | None, str | None, bool]:
    """As Rasa's; the text is not looked at where no rule could be met by it."""
    if use_text_for_last_user_input and not rules_of(self).text_matters:
        return None, None, False
    return _find_action(self, tracker, domain, use_text_for_last_user_input)


def possible_keys(self: RulePolicy, lookup: dict[str, str], states: list[State]) -> set[str]:
    """As Rasa's; of the rules only those are compared that end like the dialogue."""
    rules = rules_of(self)
    if lookup is rules.source and states:
        lookup = {key: lookup[key] for key in rules.like(states[-1])}
    return _possible_keys(self, lookup, states)


def last_states(
    self: RulePolicy,
    tracker: DialogueStateTracker,
    domain: Domain,
    use_text_for_last_user_input: bool = False,
    rule_only_data: dict[str, Any] | None = None,
) -> list[State]:
    """As Rasa's, of which only as many as a rule can look at that ends like the last."""
    if not rules_of(self).known:
        return _all_states(self, tracker, domain, use_text_for_last_user_input, rule_only_data)
    if tracker.latest_action_name == ACTION_LISTEN_NAME and tracker.latest_message:
        # After a message the state is what the tracker says; a form's way there has no part in it.
        now = [domain._clean_state(domain.get_active_state(tracker))]
        self.featurizer._choose_last_user_input([now], use_text_for_last_user_input)
        if rules_of(self).only_look_at(now[0]):
            return now
    actions = sum(isinstance(event, ActionExecuted) for event in tracker.applied_events())
    first = actions + 1 - rules_of(self).longest
    states: list[State] = []
    for place, (then, _) in enumerate(tracker.generate_all_prior_trackers()):
        if place >= first:
            states.append(domain._clean_state(domain.get_active_state(then)))
    self.featurizer._choose_last_user_input([states], use_text_for_last_user_input)
    return states
