from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from crm_core import db, models


@pytest.fixture(scope="module")
def url(make_database: Callable[[str], str], worker_id: str) -> str:
    return make_database(f"migrations_{worker_id}")


def tables(url: str) -> set[str]:
    engine = sa.create_engine(url)
    try:
        return set(sa.inspect(engine).get_table_names())
    finally:
        engine.dispose()


def test_the_migrations_make_exactly_the_tables_of_the_models(url: str) -> None:
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        assert compare_metadata(context, models.Base.metadata) == []
    engine.dispose()


def test_the_database_goes_down_to_nothing_and_up_again(url: str) -> None:
    full = tables(url)
    db.downgrade(url, "base")
    assert tables(url) == {"alembic_version"}
    db.upgrade(url)
    assert tables(url) == full
    assert {"messages", "orders", "payments", "timeline"} <= full


def test_several_starters_migrate_one_database_without_colliding(url: str) -> None:
    full = tables(url)
    db.downgrade(url, "base")
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: db.upgrade(url), range(4)))
    assert tables(url) == full


@pytest.mark.parametrize("table", ["timeline", "timeline_seals", "stock_movements"])
def test_append_only_tables_refuse_to_be_emptied(session: sa.orm.Session, table: str) -> None:
    with pytest.raises(sa.exc.IntegrityError, match=f"rows of {table} are only added"):
        session.execute(sa.text(f"TRUNCATE {table} CASCADE"))
