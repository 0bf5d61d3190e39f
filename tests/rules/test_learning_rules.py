"""What of a misunderstood message is shown and learned, and when a training may be taken."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from channels import i18n
from crm_core.errors import Conflict, InvalidInput
from crm_core.learning import STATES, TRAINING, Figures, State, TrainingState, private, rules
from crm_core.settings import ROOT
from tests.rules.test_nlu_data import CONTRACT_INTENTS


def figures(**changes: int) -> Figures:
    registers = {"formal": 950, "slang": 920}
    values = {"accuracy": 930, "out_of_scope_f1": 900} | changes
    named = {name: values.pop(name) for name in list(values) if name in registers}
    return Figures(1000, values["accuracy"], values["out_of_scope_f1"], registers | named)


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("wa aku 0812-3456-7890 ya", "wa aku 0812xxxxxxxx ya"),
        ("+62 812 3456 7890", "+6281xxxxxxxxx"),
        ("rek 1234567890 a.n. Budi", "rek 12•••••••• a.n. Budi"),
        ("nik 6171012345678901", "nik 61••••••••••••••"),
        ("email budi.s+1@toko.co.id ya", "email •••@••• ya"),
        ("liat https://contoh.id/a?token=rahasia", "liat https://contoh.id"),
        ("harganya 1.250.000 atau 12.500.000?", "harganya 1.250.000 atau 12.500.000?"),
        ("06455-KVB-N01 beat 2019 150000", "06455-KVB-N01 beat 2019 150000"),
        ("P-7KM2Q", "P-7KM2Q"),
    ],
)
def test_private_data_are_masked_and_the_rest_stays(said: str, shown: str) -> None:
    assert rules.masked(said) == shown


@given(st.text(max_size=400))
def test_masking_twice_changes_nothing_more(text: str) -> None:
    once = rules.masked(text)
    assert rules.masked(once) == once


@given(st.text(max_size=600))
def test_a_line_of_training_data_is_one_line_without_markup(text: str) -> None:
    line = rules.example(rules.masked(text))
    if line is not None:
        assert line == " ".join(line.split())
        assert not set(line) & set("[]{}()|<>\\`")
        assert line[0] not in "/-#"
        assert len(line) <= rules.LONGEST_EXAMPLE


@pytest.mark.parametrize("text", ["", "   ", "///", "()", "- ", "x" * 301])
def test_what_teaches_nothing_becomes_no_example(text: str) -> None:
    assert rules.example(text) is None


def test_a_customer_cannot_write_entities_or_commands_into_the_training_data() -> None:
    assert rules.example('/restart [5](quantity) {"a": 1}') == 'restart 5 quantity "a": 1'


@pytest.mark.parametrize(
    "other", ["gan ada  STANG seher?", "Gan, ada stang seher!", "gan ada stang\nseher"]
)
def test_messages_that_differ_only_in_signs_and_spaces_are_the_same(other: str) -> None:
    assert rules.key_of(other) == rules.key_of("gan ada stang seher")


def test_signs_alone_are_told_apart() -> None:
    assert len({rules.key_of("???"), rules.key_of("👍"), rules.key_of("😡")}) == 3


@pytest.mark.slow
def test_labels_are_the_intents_of_the_contract_and_of_the_assistant() -> None:
    declared = set()
    for path in (ROOT / "bot" / "domain").glob("*.yml"):
        for one in (
            yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader).get("intents") or ()
        ):
            declared |= set(one) if isinstance(one, dict) else {one}
    assert set(rules.LABELS) == CONTRACT_INTENTS
    assert declared >= CONTRACT_INTENTS
    assert sum(len(names) for names in rules.INTENTS.values()) == len(CONTRACT_INTENTS)


def test_every_label_and_group_has_human_names() -> None:
    names = [f"words.intent.{name}" for name in (*rules.LABELS, "nlu_fallback")]
    names += [f"words.intent_group.{name}" for name in rules.INTENTS]
    assert [name for name in names if not i18n.has(name)] == []


def test_a_label_that_is_no_intent_is_refused() -> None:
    with pytest.raises(InvalidInput, match="intent_unknown"):
        rules.checked_label("send_photo")


def test_about_a_third_is_held_back_and_always_the_same() -> None:
    keys = [f"pesan nomor {number}" for number in range(3000)]
    held = [key for key in keys if rules.held_back(key)]
    assert 900 < len(held) < 1100
    assert held == [key for key in keys if rules.held_back(key)]


def test_a_drop_of_half_a_point_is_taken_and_more_is_not() -> None:
    assert rules.worse(figures(), figures(accuracy=925, slang=915, out_of_scope_f1=895)) == []
    assert rules.worse(figures(), figures(accuracy=924)) == ["accuracy"]
    assert rules.worse(figures(), figures(slang=914)) == ["slang"]
    assert rules.worse(figures(), figures(out_of_scope_f1=894)) == ["out_of_scope_f1"]


def test_a_better_whole_does_not_excuse_a_worse_register() -> None:
    assert rules.worse(figures(), figures(accuracy=990, formal=900)) == ["formal"]


def test_a_register_that_is_no_longer_measured_counts_as_worse() -> None:
    assert rules.worse(figures(), Figures(9, 930, 900, {"formal": 950})) == ["slang"]


def test_figures_come_back_from_json_as_they_were() -> None:
    assert Figures.from_json(figures().to_json()) == figures()


@pytest.mark.parametrize("actor", ["customer", "bot"])
def test_only_people_of_the_shop_decide_about_a_message(actor: str) -> None:
    with pytest.raises(Conflict):
        STATES.check(State.OPEN, State.LABELLED, actor)


@pytest.mark.parametrize("state", [TrainingState.TAKEN, TrainingState.REFUSED,
                                   TrainingState.FAILED])  # fmt: skip
def test_a_training_that_has_ended_stays_ended(state: TrainingState) -> None:
    assert TRAINING.after(state) == frozenset()


HOME = "Jl. Gajah Mada No. 12, Gg. Kenanga, Pontianak Selatan"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("kirim ke jl gajah mada no 12 aja", "kirim ke ‹alamat› aja"),
        ("ke JALAN gajah mada 12 gg.kenanga ya", "ke ‹alamat› ya"),
        ("ongkir ke pontianak selatan brp", "ongkir ke pontianak selatan brp"),
        ("an Budi Santoso ya", "an ‹nama› ya"),
        ("namanya SANTOSO bukan santosa", "namanya ‹nama› bukan santosa"),
        ("busi beat no 12", "busi beat no 12"),
        ("bengkel jaya motor ada?", "bengkel jaya motor ada?"),
    ],
)
def test_names_and_streets_of_the_own_record_are_hidden(said: str, shown: str) -> None:
    assert private.hidden(said, ["Budi Santoso", "Bengkel Jaya Motor"], [HOME]) == shown


def test_what_is_hidden_is_learned_as_an_invented_name_and_street() -> None:
    hidden = private.hidden("budi, jl gajah mada no 12", ["Budi"], [HOME])
    assert rules.example(hidden) == "Andi, Jl. Melati No. 1"
