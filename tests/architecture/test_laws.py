"""Laws of the code that no linter knows. Imports between packages: see pyproject, importlinter."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from crm_core.settings import ROOT

CORE = ROOT / "crm_core"
MONEY = ("money.py", "carts", "checkout", "orders", "payments", "shipping")
FORBIDDEN = ("flask", "celery", "rasa_sdk", "twilio", "httpx", "kombu", "werkzeug")


def modules(*names: str) -> Iterator[Path]:
    for name in names:
        top = CORE / name
        yield from sorted(top.rglob("*.py")) if top.is_dir() else [top]


def commits(tree: ast.AST) -> list[int]:
    """Lines that call ``session.commit()``; a lock's own connection is nobody's transaction."""
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "commit"
        and not (isinstance(node.func.value, ast.Name) and node.func.value.id == "connection")
    ]


def float_uses(tree: ast.AST) -> list[int]:
    """Lines with a float literal, a true division, or a call or annotation of ``float``."""
    checks = {
        id(argument)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in {"isinstance", "issubclass"}
        for argument in ast.walk(node)
    }  # asking whether something is a float, to refuse it, is the opposite of using one
    return [
        getattr(node, "lineno", 0)
        for node in ast.walk(tree)
        if id(node) not in checks
        and (
            (isinstance(node, ast.Constant) and isinstance(node.value, float))
            or (isinstance(node, ast.Name) and node.id == "float")
            or (isinstance(node, (ast.BinOp, ast.AugAssign)) and isinstance(node.op, ast.Div))
        )
    ]


def test_no_concept_of_the_core_commits() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in sorted(CORE.rglob("*.py"))
        if path != CORE / "db.py"  # the unit of work: the one place
        for line in commits(ast.parse(path.read_text()))
    ]
    assert found == []


def test_no_float_comes_near_money() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in modules(*MONEY)
        for line in float_uses(ast.parse(path.read_text()))
        # Path("a") / "b" divides nothing
        if "Path" not in path.read_text().splitlines()[line - 1]
    ]
    assert found == []


@pytest.mark.parametrize("source", ["total = price * 1.1", "x = float(y)", "def f(a: float): ...",
                                    "half = total / 2", "total /= 2"])  # fmt: skip
def test_the_float_law_sees_every_way_to_bring_a_float_in(source: str) -> None:
    assert float_uses(ast.parse(source)) == [1]


def test_refusing_a_float_is_not_using_one() -> None:
    assert float_uses(ast.parse("if isinstance(value, float): raise TypeError")) == []


def test_the_commit_law_sees_a_commit() -> None:
    assert commits(ast.parse("session.commit()")) == [1]


def test_the_core_can_be_imported_without_any_library_of_the_edges() -> None:
    names = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for path in sorted(CORE.rglob("*.py"))
        if "migrations" not in path.parts  # Alembic runs these, nobody imports them
    ]
    program = (
        "import importlib, sys\n"
        f"for name in {names!r}: importlib.import_module(name)\n"
        f"print(sorted(set(sys.modules) & set({FORBIDDEN!r})))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"


def test_lock_files_name_no_registry() -> None:
    locks = [*ROOT.glob("requirements/*.txt"), ROOT / "bot" / "requirements.txt"]
    addresses = [
        f"{lock.name}:{number}"
        for lock in locks
        for number, line in enumerate(lock.read_text().splitlines(), 1)
        if "://" in line or line.startswith(("-i", "--index", "--extra-index", "--find-links"))
    ]
    assert addresses == []
    assert '"resolved"' not in (ROOT / "package-lock.json").read_text()


@pytest.mark.parametrize("name", ["app", "dev", "node", "uv", "bot"])
def test_every_locked_requirement_has_a_hash(name: str) -> None:
    lock = ROOT / ("bot/requirements.txt" if name == "bot" else f"requirements/{name}.txt")
    pins = re.split(r"\n(?=\S)", lock.read_text().strip())
    assert [pin.splitlines()[0] for pin in pins if "--hash=sha256:" not in pin] == []
