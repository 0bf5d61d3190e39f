"""Write the initial migration anew from the models; only until the first release.

    .venv/bin/python scripts/remake_initial_migration.py

Starts a PostgreSQL of its own in a temporary folder, lets Alembic compare it with the models, adds
what models cannot say (triggers), and replaces the file 0001_initial in crm_core/migrations.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from channels.supervisor.embedded import EmbeddedPostgres  # noqa: E402 - needs the path above

VERSIONS = ROOT / "crm_core" / "migrations" / "versions"
REVISION, NAME = "0001", "20261121_0001_initial"

NOTE = "# ruff: noqa: E501, PLR0915 - written by scripts/remake_initial_migration.py\n"
GUARD_UP = '''
    op.execute(
        """
        CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'rows of % are only added', TG_TABLE_NAME
                USING ERRCODE = 'integrity_constraint_violation';
        END $$
        """
    )
    for table in ("timeline", "timeline_seals", "stock_movements"):
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
'''
GUARD_DOWN = """
    op.execute("DROP FUNCTION refuse_change()")
"""


def main() -> None:
    """Make the file, formatted and with the guards of append-only tables."""
    target = VERSIONS / f"{NAME}.py"
    VERSIONS.mkdir(exist_ok=True)
    target.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(prefix="sapa-migration-") as folder:
        Path(folder).chmod(0o755)
        place = Path(folder)
        with EmbeddedPostgres(place / "pg", place / "pg.log", options={"fsync": "off"}) as server:
            _compare(server.url())
    text = target.read_text(encoding="utf-8")
    text = text.replace("\n\ndef downgrade()", f"{GUARD_UP}\n\ndef downgrade()")
    text = re.sub(r"\n    # ### .*", "", text)
    target.write_text(NOTE + text.rstrip() + GUARD_DOWN, encoding="utf-8")
    _tidy(target)
    print(f"written: {target.relative_to(ROOT)}")


def _tidy(target: Path) -> None:
    ruff = str(Path(sys.executable).with_name("ruff"))
    for step in (["format"], ["check", "--fix"], ["format"]):
        subprocess.run([ruff, *step, "--quiet", str(target)], check=True, cwd=ROOT)


def _compare(url: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(VERSIONS.parent))
    config.set_main_option("file_template", NAME)
    engine = create_engine(url)
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.revision(config, "The tables as they are at the start", True, rev_id=REVISION)
    engine.dispose()


if __name__ == "__main__":
    main()
