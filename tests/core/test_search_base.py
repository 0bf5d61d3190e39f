"""The base of a large catalogue: read once, shared as a file, kept as new as the database."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from crm_core import catalogue
from crm_core.catalogue import building, keeping
from crm_core.catalogue.documents import IndexedPart
from crm_core.catalogue.segments import Segment
from crm_core.timeline import Actor
from tests import selling
from tests.selling import PADS
from tests.world import committed

CLERK = Actor("staff", 7, "Gudang")
NAMES = {
    "06455ZZA001": "Kampas Rem Depan Honda Beat FI",
    "31926ZZA001": "Busi Honda Beat FI",
    "23100ZZA001": "Van Belt Honda Vario 160",
    "88110ZZA001": "Spion Kanan Honda Scoopy K2F",
    "77200ZZA001": "Jok Honda Genio",
}


@pytest.fixture
def large(database: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> sa.Engine:
    """Five parts in a shop for which that is a large catalogue."""
    monkeypatch.setattr(keeping, "_SMALL", 3)
    monkeypatch.setattr(keeping, "_folder", tmp_path)
    monkeypatch.setattr(keeping, "_keepers", {})
    rows = [{"part_code": code, "name": name} for code, name in NAMES.items()]
    committed(database, lambda session: catalogue.upsert_parts(session, rows, actor=CLERK))
    return database


def another_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """What this process has in memory is not there in another one."""
    monkeypatch.setattr(keeping, "_keepers", {})


def no_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: object) -> building.Base:
        raise AssertionError("the catalogue was read again")

    monkeypatch.setattr(building, "read_base", refuse)


def found(engine: sa.Engine, text: str) -> list[str]:
    with Session(engine) as session:
        return [hit.part.part_code for hit in catalogue.search(session, text).hits]


def test_another_process_finds_the_file_and_reads_no_part_again(
    large: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert found(large, "busi beat fi") == ["31926ZZA001"]
    another_process(monkeypatch)
    no_reading(monkeypatch)
    assert found(large, "busi beat fi") == ["31926ZZA001"]
    assert found(large, "31926-ZZA-OO1") == ["31926ZZA001"]


def test_what_changed_since_the_file_was_written_is_seen_by_every_process(
    large: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    found(large, "busi")
    committed(
        large, lambda s: catalogue.change_part(s, "31926ZZA001", CLERK, name="Koil Honda Beat FI")
    )
    committed(large, lambda s: catalogue.change_part(s, "06455ZZA001", CLERK, active=False))
    for _ in range(2):
        assert found(large, "koil beat fi") == ["31926ZZA001"]
        assert found(large, "kampas rem beat fi") == []
        assert found(large, "06455ZZA001") == []
        assert found(large, "van belt vario 160") == ["23100ZZA001"]
        another_process(monkeypatch)
        no_reading(monkeypatch)


def test_a_change_that_is_undone_leaves_no_trace(large: sa.Engine) -> None:
    found(large, "busi")
    with Session(large) as undone:
        catalogue.change_part(undone, "31926ZZA001", CLERK, name="Koil Honda Beat FI")
        assert [h.part.part_code for h in catalogue.search(undone, "koil beat fi").hits]
        assert found(large, "koil beat fi") == []
        undone.rollback()
    assert found(large, "koil beat fi") == []
    assert found(large, "busi beat fi") == ["31926ZZA001"]


def test_a_first_search_inside_a_change_that_is_undone_leaves_no_trace(
    large: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Session(large) as undone:
        catalogue.change_part(undone, "31926ZZA001", CLERK, name="Koil Honda Beat FI")
        assert [h.part.part_code for h in catalogue.search(undone, "koil beat fi").hits]
        undone.rollback()
    another_process(monkeypatch)
    assert found(large, "koil beat fi") == []
    assert found(large, "busi beat fi") == ["31926ZZA001"]


def test_a_file_that_is_not_whole_is_made_again(
    large: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found(large, "busi")
    (file,) = tmp_path.glob("*.columns")
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    another_process(monkeypatch)
    assert found(large, "busi beat fi") == ["31926ZZA001"]
    assert len(file.read_bytes()) == len(whole)


def test_the_file_of_an_emptied_catalogue_is_not_believed(large: sa.Engine) -> None:
    found(large, "busi")
    with large.begin() as connection:
        connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
        connection.execute(sa.text("TRUNCATE parts, catalogue_versions CASCADE"))
    assert found(large, "busi beat fi") == []
    row = {"part_code": "31500ZZA001", "name": "Aki GTZ5S"}
    committed(large, lambda s: catalogue.upsert_parts(s, [row], actor=CLERK))
    assert found(large, "aki") == ["31500ZZA001"]
    assert found(large, "busi beat fi") == []


def test_another_shop_in_the_same_place_shares_no_part_with_the_one_before(
    database: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "_keepers", {})
    for name, asked in (("Busi Honda Beat FI", "busi"), ("Aki GTZ5S", "aki")):
        committed(database, lambda s, name=name: selling.part(s, name=name))
        with database.begin() as connection:
            connection.execute(sa.text("UPDATE parts SET revision = 7"))
            connection.execute(sa.text("UPDATE catalogue_versions SET version = 7"))
        assert found(database, asked) == [PADS]
        with database.begin() as connection:  # as when another backup is put in its place
            connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
            connection.execute(sa.text("TRUNCATE parts, stock_levels RESTART IDENTITY CASCADE"))


def test_rows_that_somebody_deleted_by_hand_are_not_offered(large: sa.Engine) -> None:
    extra = [{"part_code": f"31926ZZA00{n}", "name": "Busi Honda Beat FI"} for n in (2, 3)]
    committed(large, lambda s: catalogue.upsert_parts(s, extra, actor=CLERK))
    assert found(large, "busi beat fi") == ["31926ZZA001", "31926ZZA002", "31926ZZA003"]
    with large.begin() as connection:
        connection.execute(sa.text("DELETE FROM stock_levels"))
        connection.execute(sa.text("DELETE FROM parts WHERE part_code = '31926ZZA002'"))
    assert found(large, "busi beat fi") == ["31926ZZA001", "31926ZZA003"]


def test_many_changes_make_a_new_base(large: sa.Engine, tmp_path: Path) -> None:
    found(large, "busi")
    (file,) = tmp_path.glob("*.columns")
    before = file.stat().st_mtime_ns
    rows = [{"part_code": f"31926ZZB00{n}", "name": "Busi Honda Genio"} for n in range(5)]
    committed(large, lambda s: catalogue.upsert_parts(s, rows, actor=CLERK))
    assert len(found(large, "busi genio")) == 5
    with Session(large) as session:
        keeping.keeper_of(session).wait()
    assert file.stat().st_mtime_ns > before
    assert len(found(large, "busi genio")) == 5


@pytest.mark.slow
def test_a_helper_process_reads_a_very_large_catalogue(
    large: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(building, "_IN_THIS_PROCESS", 0)
    no_reading(monkeypatch)
    assert found(large, "busi beat fi") == ["31926ZZA001"]
    assert len(list(tmp_path.glob("*.columns"))) == 1


def test_two_reading_processes_gather_what_one_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(building, "_CHUNK", 3)
    names = [
        "Kampas Rem Depan Cakram - Vario 125",
        "Busi - BeAT, Scoopy",
        "Kampas Rem Depan Cakram - BeAT eSP",
        "",
        "Kaca Spion Kanan Merah - Supra X 125",
    ]
    parts = [
        IndexedPart(at, f"06455K{at:02d}N01", f"{name} {at}" if at % 2 else name)
        for at, name in enumerate(names * 2, start=1)
    ]
    alone = building.gathered(iter(parts), readers=1).finish()
    together = building.gathered(iter(parts), readers=2).finish()
    for column in dataclasses.fields(Segment):
        of_one, of_two = getattr(alone, column.name), getattr(together, column.name)
        assert np.array_equal(of_one, of_two), column.name
