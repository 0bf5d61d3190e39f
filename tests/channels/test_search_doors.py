"""One search behind every door: web, console, API and terminal answer in the same order."""

from __future__ import annotations

import json
import re

import pytest
from flask.testing import FlaskClient
from typer.testing import CliRunner

from channels.cli.parts import app as terminal
from channels.context import Context
from crm_core import catalogue
from crm_core.timeline import Actor
from tests.channels.desk import SITE, desk_of, member

TOKEN = {"Authorization": "Bearer api-token-of-the-tests"}
NAMES = {
    "06455ZZC001": "Kampas Rem Depan Honda Beat FI",
    "06455ZZB001": "Kampas Rem Depan Honda Vario 160",
    "06455ZZA001": "Kampas Rem Depan Tipe 2 Honda Beat FI",
    "43105ZZA001": "Kampas Rem Belakang Honda Beat FI",
    "88110ZZA001": "Spion Kanan Honda Beat FI",
}
QUESTIONS = (
    "bang kanvas rem dpn bit fi brp?",
    "kampas rem",
    "ada 06455 zza oo1 ga",
    "spion vario 160",
    "kampas rem yamaha mio",
)


@pytest.fixture
def stocked(asleep: Context) -> Context:
    rows = [{"part_code": code, "name": name, "stock": "3"} for code, name in NAMES.items()]
    with asleep.unit_of_work() as session:
        catalogue.upsert_parts(session, rows, actor=Actor.system("test"))
    return asleep


def in_order(page: str) -> list[str]:
    """The codes that a page links to, each once."""
    plain = page.replace("-", "")
    return list(dict.fromkeys(re.findall("|".join(NAMES), plain)))


def core(here: Context, question: str) -> list[str]:
    with here.unit_of_work() as session:
        return [hit.part.part_code for hit in catalogue.search(session, question).hits]


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_shop_page_answers_as_the_search(
    stocked: Context, web: FlaskClient, question: str
) -> None:
    page = web.get("/search", base_url=SITE, query_string={"q": question}).get_data(as_text=True)
    results = page.split("</form>")[-1]
    assert in_order(results) == core(stocked, question)


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_console_answers_as_the_search(
    stocked: Context, web: FlaskClient, question: str
) -> None:
    desk = desk_of(web.application, member(stocked))
    page = desk.client.get("/console/parts", base_url=SITE, query_string={"q": question})
    table = page.get_data(as_text=True).split("<tbody", 1)[-1]
    assert in_order(table if "<tbody" in page.get_data(as_text=True) else "") == core(
        stocked, question
    )


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_api_answers_as_the_search(stocked: Context, web: FlaskClient, question: str) -> None:
    answer = web.get(
        "/api/v1/parts", base_url=SITE, query_string={"query": question}, headers=TOKEN
    )
    assert answer.json is not None
    assert [part["part_code"] for part in answer.json["items"]] == core(stocked, question)
    assert answer.json["next"] is None


def test_the_terminal_answers_as_the_search(
    stocked: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAPA_DATABASE_URL", str(stocked.settings.database_url))
    monkeypatch.setenv("SAPA_DATA_DIR", str(stocked.settings.data_dir))
    asked = "".join(json.dumps({"id": q, "query": q}) + "\n" for q in QUESTIONS)
    done = CliRunner().invoke(terminal, ["search", "--jsonl"], input=asked)
    answers = {row["id"]: row["ranked"] for row in map(json.loads, done.output.splitlines())}
    assert answers == {question: core(stocked, question) for question in QUESTIONS}
