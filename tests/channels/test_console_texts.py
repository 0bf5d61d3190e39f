"""The words of the screens: in both languages, all of them used; templates that run nothing."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest
import yaml

from channels import i18n
from crm_core import catalogue, complaints, orders, payments, shipping, staff
from crm_core.complaints.rules import Category, Mood, Urgency
from crm_core.reports import TABLES

ROOT = Path(i18n.__file__).parent
TEMPLATES = sorted((ROOT / "templates").glob("*/*.html"))
CODE = sorted(
    [
        *ROOT.glob("console/*.py"),
        *ROOT.glob("storefront/*.py"),
        *ROOT.glob("orderpage/*.py"),
        *ROOT.glob("twilio/*.py"),
        *ROOT.glob("webchat/*.py"),
        *ROOT.glob("*.py"),
    ]
)
SOURCES = "\n".join(path.read_text(encoding="utf-8") for path in [*TEMPLATES, *CODE])
USED = set(re.findall(r"""\bt\(\s*f?['"]([a-z_0-9.]+)['"]\s*(?:[,)]|if |\s+if )""", SOURCES))
USED |= set(re.findall(r"""\bif [^'"]*else ['"]([a-z_]+\.[a-z_0-9.]+)['"]""", SOURCES))
USED |= set(
    re.findall(r"""else ['"]((?:console|storefront|orderpage)\.[a-z_0-9.]+)['"]""", SOURCES)
)
PREFIXES = tuple(
    set(re.findall(r"""\bt\(\s*['"]([a-z_0-9.]+[._])['"] ~""", SOURCES))
    | set(re.findall(r"""\bt\(\s*f"([a-z_0-9.]+\.)\{""", SOURCES))
    | set(re.findall(r"""name = f"([a-z_0-9.]+[._])\{""", SOURCES))
)
TOKENLESS = {"_buy.html", "_offer.html", "_bike.html", "part.html", "contact.html"}
"""Forms on pages that anybody may see and a browser may keep: they hold no token, and what they are
sent to refuses other sites by itself (test_shopping)."""
GROUPS = set(re.findall(r"""\bword\(\s*['"]([a-z_]+)['"]""", SOURCES))
GROUPS |= {column.words for table in TABLES.values() for column in table.columns}


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_text_is_there_in_both_languages_and_names_the_same_things() -> None:
    wrong = [
        name
        for name, text in i18n.catalogue().items()
        if set(text) != set(i18n.LANGUAGES)
        or not all(spoken.strip() for spoken in text.values())
        or fields(text["id"]) != fields(text["en"])
    ]
    assert wrong == []


def test_no_text_is_written_twice_in_a_file() -> None:
    class Strict(yaml.SafeLoader):
        pass

    def no_doubles(loader: yaml.SafeLoader, node: yaml.MappingNode) -> dict[object, object]:
        names = [key.value for key, _ in node.value]
        assert len(names) == len(set(names)), sorted({n for n in names if names.count(n) > 1})
        return dict(loader.construct_pairs(node, deep=True))

    Strict.add_constructor("tag:yaml.org,2002:map", no_doubles)
    for path in i18n.FOLDER.glob("*.yml"):
        yaml.load(path.read_text(encoding="utf-8"), Strict)  # noqa: S506 - a SafeLoader


def test_every_text_that_is_asked_for_exists() -> None:
    assert len(USED) > 200
    assert sorted(name for name in USED if not i18n.has(name)) == []
    for prefix in PREFIXES:
        assert any(name.startswith(prefix) for name in i18n.catalogue()), prefix


def test_every_text_is_used() -> None:
    left = [
        name
        for name in i18n.catalogue()
        if name not in USED
        and not name.startswith(PREFIXES)
        and not (name.startswith("words.") and name.split(".")[1] in GROUPS)
        and f'"{name}"' not in SOURCES
        and f"'{name}'" not in SOURCES
    ]
    assert left == []


def test_every_reason_why_a_row_is_refused_has_a_sentence() -> None:
    core = Path(catalogue.__file__).parent
    source = (core / "importrows.py").read_text() + (core / "importing.py").read_text()
    reasons = set(re.findall(r'"([a-z_]+_(?:missing|invalid|unreadable|below_reserved))"', source))
    reasons |= {f"{column}_mm_unreadable" for column in ("length", "width", "height")}
    reasons |= {"original_unreadable", "active_unreadable"}
    assert len(reasons) == 13
    assert [one for one in sorted(reasons) if not i18n.has(f"imports.why.{one}")] == []
    assert [one for one in shipping.COLUMNS if not i18n.has(f"imports.column.{one}")] == []
    bank = Path(payments.__file__).parent / "statements"
    found = "".join(path.read_text() for path in bank.glob("*.py"))
    refused = set(re.findall(r'(?:UnreadableError|BadRow)\("([a-z_]+)"', found))
    assert len(refused) >= 7
    assert [one for one in sorted(refused) if not i18n.has(f"words.bank_reason.{one}")] == []


def test_every_state_and_kind_has_a_word() -> None:
    known = {
        "order": list(orders.OrderState),
        "payment": list(payments.PaymentState),
        "complaint": list(complaints.ComplaintState),
        "urgency": list(Urgency),
        "category": list(Category),
        "mood": list(Mood),
        "role": list(staff.rules.ROLES),
        "handler": ["bot", "queue", "agent"],
        "movement": ["received", "corrected", "reserved", "released", "shipped", "returned"],
    }
    for table in TABLES.values():
        known |= {one.words: list(one.choices) for one in table.columns if one.choices}
    missing = [
        f"{group}.{name}"
        for group, names in known.items()
        for name in names
        if not i18n.has(f"words.{group}.{name}")
    ]
    assert missing == []


@pytest.mark.parametrize(
    ("subject", "table"),
    [("order", orders.STATES), ("payment", payments.STATES), ("complaint", complaints.STATES)],
)
def test_every_move_in_the_history_has_a_word(subject: str, table: object) -> None:
    moves = {move.name for move in table.moves.values()}  # type: ignore[attr-defined]
    missing = [name for name in moves if not i18n.has(f"words.action.{subject}_{name}")]
    assert missing == []


def test_every_error_sentence_belongs_to_a_refusal_that_exists() -> None:
    everywhere = "\n".join(
        path.read_text(encoding="utf-8")
        for folder in (ROOT, ROOT.parent / "crm_core")
        for path in folder.rglob("*.py")
    )
    codes = [
        name.removeprefix("errors.") for name in i18n.catalogue() if name.startswith("errors.")
    ]
    ours = [code for code in codes if not code.startswith("http_") and code != "unknown"]
    assert [code for code in ours if f'"{code}"' not in everywhere
            and f".{code}" not in everywhere] == []  # fmt: skip


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_template_escapes_everything_and_carries_no_code(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert "|safe" not in text.replace(" ", "")
    assert "autoescape" not in text
    # Data for search engines is no code: nothing runs what is not JavaScript.
    assert not re.search(r"<script(?![^>]*\bsrc=)(?! type=\"application/ld\+json\")", text)
    assert not re.search(r"\s(style|on[a-z]+)=\"", text)
    assert not re.search(r"<style", text)
    assert "hx-on" not in text
    assert "js:" not in text
    for form in re.findall(r"<form[^>]*method=\"post\"[^>]*>(.{0,400})", text, re.DOTALL):
        assert "csrf()" in form or (path.parent.name == "storefront" and path.name in TOKENLESS)
