from collections import Counter
from pathlib import Path

import pytest
import yaml

from crm_core.catalogue.understanding import names_part, understand

ROOT = Path(__file__).resolve().parents[2]
CONTRACT_INTENTS = set(
    "greet goodbye thank affirm deny help bot_challenge change_language repeat find_part "
    "check_fitment ask_part_detail ask_promo bargain request_part order_part change_cart show_cart "
    "checkout cancel_order order_status reorder ask_invoice ask_payment_method report_payment "
    "ask_shipping track_shipment update_profile add_bike ask_my_data delete_my_data opt_out opt_in "
    "complain return_part complaint_status talk_to_human ask_store_info service_advice ask_points "
    "inform out_of_scope".split()
)


@pytest.fixture(scope="module")
def examples() -> list[tuple[str, str]]:
    found = []
    for path in sorted((ROOT / "data" / "nlu").glob("*.yml")):
        for block in yaml.load(path.read_text("utf-8"), yaml.CSafeLoader)["nlu"]:
            lines = block["examples"].splitlines()
            found += [(line.removeprefix("- "), block["intent"]) for line in lines]
    return found


def test_every_intent_of_the_contract_has_at_least_eighty_messages(
    examples: list[tuple[str, str]],
) -> None:
    counts = Counter(intent for _, intent in examples)
    assert set(counts) == CONTRACT_INTENTS
    assert {intent: count for intent, count in counts.items() if count < 80} == {}


def test_no_message_is_taught_twice(examples: list[tuple[str, str]]) -> None:
    counts = Counter(text.lower() for text, _ in examples)
    assert [text for text, count in counts.items() if count > 1] == []


def test_no_message_looks_like_a_command_of_the_bot(examples: list[tuple[str, str]]) -> None:
    assert [text for text, _ in examples if text.startswith("/")] == []


def test_small_talk_seldom_looks_like_a_part(examples: list[tuple[str, str]]) -> None:
    talk = {"greet", "goodbye", "thank", "affirm", "deny", "help", "repeat", "talk_to_human"}
    said = [text for text, intent in examples if intent in talk]
    taken = [text for text in said if names_part(understand(text))]
    assert len(said) > 3000
    assert len(taken) / len(said) < 0.015, taken[:20]
