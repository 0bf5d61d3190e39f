"""``sapa shipping``: what a person or a script at the terminal gets."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session
from typer.testing import CliRunner, Result

from channels.cli.shipping import app
from crm_core import shipping

Sapa = Callable[..., Result]
RATES = (
    "province;regency;district;method;first_kg_idr;next_kg_idr;days_min;days_max\n"
    "Kalimantan Barat;Kota Singkawang;Singkawang Barat;courier;18000;8000;1;3\n"
    "Kalimantan Barat;Kota Singkawang;;courier;18000;8000;1;3\n"
)


@pytest.fixture
def sapa(
    database: sa.Engine, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Sapa:
    """Runs ``sapa shipping …`` on the test database."""
    monkeypatch.setenv("SAPA_DATABASE_URL", database_url)
    monkeypatch.setenv("SAPA_DATA_DIR", str(tmp_path))
    return lambda *arguments: CliRunner().invoke(app, [*arguments])


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "ongkir.csv"
    path.write_text(RATES, encoding="utf-8")
    return str(path)


def count(database: sa.Engine) -> int:
    with Session(database) as session:
        return len(shipping.rates(session))


def test_a_dry_run_keeps_nothing_and_the_import_after_it_does(
    sapa: Sapa, file: str, database: sa.Engine
) -> None:
    tried = sapa("import", file, "--dry-run")
    assert "added 1  changed 0  unchanged 0  rejected 1  new districts 1" in tried.output
    assert "dry run: nothing kept" in tried.output
    assert "row 2: column_invalid: district" in tried.output
    assert count(database) == 0
    assert sapa("import", file).exit_code == 0
    assert "unchanged 1" in sapa("import", file).output
    assert count(database) == 1


def test_what_is_exported_is_imported_unchanged(sapa: Sapa, file: str, tmp_path: Path) -> None:
    sapa("import", file)
    out = str(tmp_path / "keluar.csv")
    assert sapa("export", out).exit_code == 0
    assert "added 0  changed 0  unchanged 1  rejected 0" in sapa("import", out).output


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "province,regency\n"])
def test_a_file_without_the_columns_ends_with_a_reason(
    sapa: Sapa, tmp_path: Path, text: str
) -> None:
    path = tmp_path / "x.csv"
    path.write_text(text, encoding="utf-8")
    done = sapa("import", str(path))
    assert done.exit_code == 1
    assert "column_missing" in done.output


def test_a_file_that_is_not_there_ends_with_a_reason(sapa: Sapa, tmp_path: Path) -> None:
    done = sapa("track", str(tmp_path / "none.csv"))
    assert done.exit_code == 1
    assert "cannot be read" in done.output
