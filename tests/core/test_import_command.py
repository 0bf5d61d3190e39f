"""``sapa parts``: what a person or a script at the terminal gets."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session
from typer.testing import CliRunner, Result

from channels.cli.parts import app
from crm_core.catalogue.models import Part
from tests.forms import encoded

Sapa = Callable[..., Result]


@pytest.fixture
def sapa(
    database: sa.Engine, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Sapa:
    """Runs ``sapa parts …`` on the test database."""
    monkeypatch.setenv("SAPA_DATABASE_URL", database_url)
    monkeypatch.setenv("SAPA_DATA_DIR", str(tmp_path))

    def run(*arguments: str, stdin: str | None = None) -> Result:
        return CliRunner().invoke(app, [*arguments], input=stdin)

    return run


def written(folder: Path, name: str, text: str) -> str:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return str(file)


LIST = (
    "Part_Code;Name;Price_IDR;Stock\n"
    "06455-ZZA-001;Kampas Rem Honda Beat FI;50.000;5\n;Tanpa kode;1;1\n"
)


def test_a_csv_is_imported_and_each_bad_row_is_named(sapa: Sapa, tmp_path: Path) -> None:
    done = sapa("import", written(tmp_path, "a.csv", LIST))
    assert done.exit_code == 0
    assert "inserted 1  updated 0  unchanged 0  rejected 1" in done.output
    assert "row 2: part_code_missing" in done.output


def test_the_same_file_again_is_unchanged(sapa: Sapa, tmp_path: Path) -> None:
    file = written(tmp_path, "a.csv", LIST)
    sapa("import", file)
    assert "inserted 0  updated 0  unchanged 1  rejected 1" in sapa("import", file).output


def test_a_json_list_is_imported_in_its_own_columns(
    sapa: Sapa, tmp_path: Path, database: sa.Engine
) -> None:
    rows = [{"sku": "111-ZZA", "name": "Busi &amp; Tutup", "price": 0, "group": "X"}, "no row"]
    done = sapa("import", written(tmp_path, "a.json", json.dumps(rows)))
    assert "inserted 1  updated 0  unchanged 0  rejected 1" in done.output
    with Session(database) as session:
        part = session.scalars(sa.select(Part)).one()
        assert (part.part_code, part.name, part.price_idr) == ("111ZZA", "Busi & Tutup", None)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.json", "{"),
        ("a.json", "3"),
        ("a.csv", "name,price\nBusi,1\n"),
        ("a.csv", ""),
        ("a.csv", "part_code,name\n"),
        ("a.csv", "part_code,name\n,Busi\n"),
    ],
)
def test_a_file_without_a_usable_row_fails_with_a_sentence(
    sapa: Sapa, tmp_path: Path, name: str, text: str
) -> None:
    done = sapa("import", written(tmp_path, name, text))
    assert done.exit_code == 1
    assert name in done.output
    assert "Traceback" not in done.output


def test_a_missing_file_fails_with_a_sentence(sapa: Sapa, tmp_path: Path) -> None:
    done = sapa("import", str(tmp_path / "none.csv"))
    assert done.exit_code == 1
    assert "none.csv" in done.output


def test_a_question_shows_what_was_understood_and_found(sapa: Sapa, tmp_path: Path) -> None:
    sapa("import", written(tmp_path, "a.csv", LIST))
    done = sapa("search", "kanvas rem bit fi")
    assert done.exit_code == 0
    assert "06455ZZA001" in done.output
    assert "bike: Beat FI" in done.output


def test_nothing_found_is_said_and_fails(sapa: Sapa) -> None:
    done = sapa("search", "kampas rem nmax")
    assert (done.exit_code, "nothing found" in done.output) == (1, True)


def test_questions_are_streamed_line_by_line(sapa: Sapa, tmp_path: Path) -> None:
    sapa("import", written(tmp_path, "a.csv", LIST))
    lines = '{"id": "a", "query": "kampas rem beat fi"}\n\n{"id": "b", "query": "nasi"}\n'
    done = sapa("search", "--jsonl", stdin=lines)
    answers = [json.loads(line) for line in done.output.splitlines()]
    assert [(a["id"], a["ranked"]) for a in answers] == [("a", ["06455ZZA001"]), ("b", [])]
    assert all(answer["ms"] > 0 for answer in answers)


@pytest.mark.parametrize("line", ["no json", '{"id": 1}', "[]", "3"])
def test_a_line_that_is_no_question_fails_with_its_number(sapa: Sapa, line: str) -> None:
    done = sapa("search", "--jsonl", stdin=f"{line}\n")
    assert (done.exit_code, "line 1" in done.output) == (1, True)


@pytest.mark.parametrize("arguments", [["search"], ["search", "busi", "--jsonl"]])
def test_a_question_comes_either_as_an_argument_or_as_lines(
    sapa: Sapa, arguments: list[str]
) -> None:
    assert sapa(*arguments, stdin="").exit_code == 1


def test_photos_go_to_the_parts_they_are_named_after(sapa: Sapa, tmp_path: Path) -> None:
    sapa("import", written(tmp_path, "a.csv", LIST))
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "06455-ZZA-001.png").write_bytes(encoded())
    (folder / "99999-XXX-999.jpg").write_bytes(encoded())
    (folder / "06455ZZA001.webp").write_bytes(b"no picture")
    done = sapa("pictures", str(folder))
    assert done.exit_code == 0
    assert "1 of 3 pictures taken" in done.output
    assert "99999-XXX-999.jpg: part_not_found" in done.output
    assert "06455ZZA001.webp: picture_unreadable" in done.output
    assert [one.name for one in (tmp_path / "parts").iterdir()] == ["06455ZZA001.jpg"]
