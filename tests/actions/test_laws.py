"""What holds for the whole dialogue, read out of its own files: no action may be missing, no
sentence may lack a language, nothing may be confirmed by anybody but the action that did it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

import actions
from actions.base import CrmAction
from actions.server import action_classes
from tests import spoken

ROOT = Path(__file__).resolve().parents[2]
RASA_OWN = {"action_listen", "action_session_start", "action_default_fallback"}
INTENTS = set(
    """
    greet goodbye thank affirm deny help bot_challenge change_language repeat
    find_part check_fitment ask_part_detail ask_promo bargain request_part
    order_part change_cart show_cart checkout cancel_order order_status reorder ask_invoice
    ask_payment_method report_payment ask_shipping track_shipment
    update_profile add_bike ask_my_data delete_my_data opt_out opt_in
    complain return_part complaint_status talk_to_human ask_store_info service_advice ask_points
    inform out_of_scope
    send_photo send_list choose_delivery confirm_code resend_code handed_back resume_turn
    nlu_fallback
    """.split()
)
INTERNAL = {
    "send_photo", "send_list", "choose_delivery", "confirm_code", "resend_code", "handed_back",
    "resume_turn",
}  # fmt: skip


def domain() -> dict[str, Any]:
    merged: dict[str, Any] = {
        "intents": [],
        "actions": [],
        "responses": {},
        "slots": {},
        "forms": {},
    }
    for path in sorted((ROOT / "bot/domain").glob("*.yml")):
        part = yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)
        merged["intents"] += [name for entry in part.get("intents", ()) for name in entry]
        merged["actions"] += part.get("actions", [])
        for section in ("responses", "slots", "forms"):
            double = merged[section].keys() & part.get(section, {}).keys()
            assert not double, f"{path.name} says again what another file says: {double}"
            merged[section] |= part.get(section, {})
    return merged


def rules() -> list[dict[str, Any]]:
    return [
        rule
        for path in sorted((ROOT / "data/rules").glob("*.yml"))
        for rule in yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)["rules"]
    ]


DOMAIN, RULES = domain(), rules()
CLASSES = {action.action_name: action for action in action_classes()}


def condition(rule: dict[str, Any]) -> dict[str, Any]:
    slots: dict[str, Any] = {}
    for entry in rule.get("condition", ()):
        for slot in entry.get("slot_was_set", ()):
            slots |= slot
    return slots


def names_in_actions() -> Iterator[tuple[str, str]]:
    """Every ``utter_…`` in the actions, also those made of ``label``, ``line`` and ``option``."""
    for path in sorted(Path(actions.__path__[0]).glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                name = re.fullmatch(r"utter_[a-z_]*[a-z]", node.value)
                yield from [(path.name, name.group())] if name else []
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            prefix = {"label": "label_", "option": "label_", "line": "line_"}.get(node.func.attr)
            if prefix and node.args:
                for value in ast.walk(node.args[0]):
                    if isinstance(value, ast.Constant) and not str(value.value).endswith("_"):
                        yield path.name, f"utter_{prefix}{value.value}"


def test_every_action_of_the_domain_has_a_class_and_every_class_is_in_the_domain() -> None:
    assert set(DOMAIN["actions"]) == set(CLASSES)


def test_no_two_classes_have_the_same_action_name() -> None:
    names = [action.action_name for action in action_classes()]
    assert len(names) == len(set(names))


def test_every_intent_of_the_contract_is_declared_and_leads_somewhere() -> None:
    assert set(DOMAIN["intents"]) | {"nlu_fallback"} == INTENTS
    for intent in INTENTS:
        plain = [
            rule
            for rule in RULES
            if rule["steps"][0].get("intent") == intent and "condition" not in rule
        ]
        assert len(plain) == 1, f"{intent} has {len(plain)} plain rules"


def test_internal_intents_are_never_learnt_from_messages() -> None:
    for path in (ROOT / "data/nlu").rglob("*.yml"):
        content = yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader) or {}
        learnt = {str(entry.get("intent", "")).split("/")[0] for entry in content.get("nlu", ())}
        assert not learnt & INTERNAL, path.name


def test_every_rule_is_one_intent_and_one_action_and_says_nothing_itself() -> None:
    for rule in RULES:
        steps = [next(iter(step)) for step in rule["steps"]]
        acting = [step["action"] for step in rule["steps"] if "action" in step]
        form = next(
            (entry["active_loop"] for entry in rule.get("condition", ()) if "active_loop" in entry),
            None,
        )
        if form:
            assert acting[0] == form
            acting = acting[1:]
        else:
            assert steps == ["intent", "action"], rule["rule"]
        assert len(acting) == 1, rule["rule"]
        assert not acting[0].startswith("utter_"), f"{rule['rule']}: Rasa would confirm by itself"
        assert acting[0] in CLASSES, rule["rule"]


def test_conditions_name_only_questions_that_are_asked_somewhere() -> None:
    asked = set()
    for path in Path(actions.__path__[0]).glob("*.py"):
        asked |= set(re.findall(r'awaiting="([a-z_]+)"', path.read_text(encoding="utf-8")))
        asked |= set(re.findall(r'"([a-z_]+)": lambda: ask', path.read_text(encoding="utf-8")))
    conditions = {value for rule in RULES for value in condition(rule).values()}
    assert conditions <= asked
    assert asked <= set(DOMAIN["slots"]["awaiting"]["values"])


def test_no_two_rules_answer_the_same_intent_under_the_same_condition() -> None:
    seen = [
        (rule["steps"][0]["intent"], tuple(condition(rule).items()))
        for rule in RULES
        if "intent" in rule["steps"][0]
    ]
    assert len(seen) == len(set(seen))


def test_every_sentence_named_in_an_action_exists() -> None:
    missing = {(file, name) for file, name in names_in_actions() if name not in DOMAIN["responses"]}
    assert not missing


def test_every_sentence_of_the_domain_is_named_somewhere() -> None:
    made = re.compile(
        r"utter_(status_|advice_|store_|language_|error_|line_state_|line_complaint_|line_by_|line_event_|line_unit_|line_list_brief_|"
        r"cod_refused_|label_way_|label_guess_|handed_over_later|complaint_person_later|delete_passed_later|"
        r"line_off_|line_return_|line_class_|line_price_|bargain_passed_later|bargain_cart_passed_later|"
        r"price_asked_later|repair_person_later|part_found_told|part_detail_told|fits_told)"
    )
    named = {name for _, name in names_in_actions()}
    unused = {name for name in DOMAIN["responses"] if name not in named and not made.match(name)}
    assert not unused


@pytest.mark.parametrize("name", sorted(DOMAIN["responses"]))
def test_each_sentence_is_said_in_both_languages_with_the_same_variables(name: str) -> None:
    default = [one["text"] for one in DOMAIN["responses"][name] if "condition" not in one]
    others = [one for one in DOMAIN["responses"][name] if "condition" in one]
    in_english = [{"type": "slot", "name": "language", "value": "en"}]
    assert all(one["condition"] == in_english for one in others)
    assert len(default) == len(others) > 0
    english = [one["text"] for one in others]
    for texts in (default, english):
        assert len(set(texts)) == len(texts), "the same wording twice is no second wording"
    for indonesian, translated in zip(default, english, strict=True):
        assert named_in(indonesian) == named_in(translated)
        assert named_in(indonesian) <= named_in(default[0]), "the action gives no more than those"


def named_in(text: str) -> set[str]:
    """The variables of a wording, without the ways to be addressed."""
    return set(re.findall(r"\{(\w+)\}", text)) - {"kak", "kakak"}


@pytest.mark.parametrize("name", sorted(DOMAIN["responses"]))
def test_nobody_is_addressed_by_a_title_that_they_did_not_choose(name: str) -> None:
    for variation in DOMAIN["responses"][name]:
        text = variation["text"]
        assert not re.search(r"\b(?:Kak|Kakak|Bang|Pak|Bapak|Bu|Ibu|Gan|Bos)\b", text)
        if "condition" in variation and not name.startswith("utter_language_"):
            assert "{kak" not in text, "English has no such word"


@pytest.mark.parametrize("name", sorted(DOMAIN["responses"]))
def test_each_sentence_costs_a_short_sms_and_needs_no_markdown(name: str) -> None:
    for variation in DOMAIN["responses"][name]:
        text = variation["text"]
        assert text.isascii(), "one sign outside GSM-7 more than doubles the price of an SMS"
        assert not re.search(r"[*_`#\[\]]", re.sub(r"\{\w+\}", "", text))
        assert text.count("\n") <= 5
        limit = 26 if name.startswith("utter_label_guess") else 24
        if name.startswith("utter_label_") and "{" not in text:
            assert len(text) <= limit, "a list on WhatsApp shows no more"


def test_no_choice_is_a_word_on_which_a_carrier_would_stop_all_messages() -> None:
    stops = {"stop", "unsubscribe", "end", "quit", "cancel", "stopall", "revoke", "optout"}
    for name, variations in DOMAIN["responses"].items():
        if name.startswith("utter_label_"):
            for variation in variations:
                assert variation["text"].strip().lower() not in stops, name


def test_actions_that_change_something_are_known_as_changing() -> None:
    changing = re.compile(
        r"\b(?:carts\.(?:add|remove|clear|set_quantity)|checkout\.(?:place|cancel)|"
        r"payments\.report|complaints\.(?:file|add_note)|customers\.(?:set_(?!language)|rename|"
        r"add_bike|remember)|handoffs\.request|people\.hand_over|finding\.find)\("
    )
    for action in CLASSES.values():
        source = Path(__import__(action.__module__, fromlist=["x"]).__file__).read_text("utf-8")
        tree = ast.parse(source)
        body = next(
            ast.get_source_segment(source, node) or ""
            for node in tree.body
            if isinstance(node, ast.ClassDef) and node.name == action.__name__
        )
        if changing.search(body):
            assert action.changes, f"{action.__name__} would be done twice after a crash"


def test_an_action_is_an_abstract_class_that_cannot_be_made_without_its_deed() -> None:
    with pytest.raises(TypeError):
        CrmAction(None)  # type: ignore[abstract, arg-type]


def test_actions_hold_no_sentence_for_customers() -> None:
    """Words belong to the domain: nothing in the code may read like a sentence to a customer."""
    for path in Path(actions.__path__[0]).glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        docs = {
            id(node.body[0].value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
            and node.body
            and isinstance(node.body[0], ast.Expr)
        }
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Constant)
                and isinstance(node.value, str)
                and id(node) not in docs
            ):
                assert not re.search(r"\bKak\b|\bMaaf\b|\bSorry\b", node.value), (
                    path.name,
                    node.value,
                )


CLOSING = {
    "utter_part_found_told", "utter_part_detail_told", "utter_fits_told",  # in a form, which asks
    "utter_greet_short",  # inside a form, whose question follows
    "utter_shipping_after_address",  # the same
    "utter_cart_added", "utter_cart_added_more", "utter_cart_changed", "utter_cart_removed",
    "utter_bike_kept",  # a question follows in the same answer
    "utter_request_is_there",  # the part follows
    "utter_summary_changed", "utter_not_ordered_yet",  # the summary follows
    "utter_thank_short", "utter_shipping_only", "utter_swapped_out",  # a question follows
    "utter_wish_later",  # put before another question
    "utter_verbatim",  # what was said before, with its choices
    "utter_superseded",  # the part follows
    "utter_all_genuine", "utter_none_genuine", "utter_some_genuine",  # the choice follows
    "utter_list", "utter_list_brief", "utter_list_unclear", "utter_list_changed",
    "utter_list_noted", "utter_list_added", "utter_list_added_fewer", "utter_list_in_cart",
    "utter_error_list_line_not_found",  # the list's next question follows
    "utter_voucher_used", "utter_voucher_dropped", "utter_bargain_taken",  # a question follows
    "utter_voucher_gone",  # the summary follows
    "utter_points_used", "utter_points_dropped", "utter_taken_partly",  # a question follows
    "utter_list_rest",  # the same
    "utter_bulk_same", "utter_bargain_needless",  # the part follows
}  # fmt: skip
"""Sentences that need no next step of their own, because another sentence follows."""


@pytest.mark.parametrize(
    "name",
    sorted(
        name
        for name in DOMAIN["responses"]
        if not name.startswith(("utter_line_", "utter_label_")) and name not in CLOSING
    ),
)
def test_each_sentence_says_what_comes_next(name: str) -> None:
    for variation in DOMAIN["responses"][name]:
        assert spoken.leads_on(variation["text"]), variation["text"]
