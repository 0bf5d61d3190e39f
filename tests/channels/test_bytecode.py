"""Starts do not compile anew what was compiled before, whatever the image says about bytecode."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from channels.supervisor import up
from crm_core.settings import Settings


def test_children_write_bytecode_beside_the_models_and_not_beside_the_sources(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setenv("PYTHONPYCACHEPREFIX", "undone afterwards")
    monkeypatch.delenv("PYTHONPYCACHEPREFIX")
    (tmp_path / "some_module.py").write_text("WORD = 1\n")
    up.keep_bytecode(Settings(data_dir=tmp_path / "data"))
    subprocess.run([sys.executable, "-c", "import some_module"], cwd=tmp_path, check=True)
    assert list((tmp_path / "data" / "bytecode").rglob("some_module.*.pyc"))
    assert not (tmp_path / "__pycache__").exists()


def test_who_chose_no_such_thing_keeps_pythons_own_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    monkeypatch.setenv("PYTHONPYCACHEPREFIX", "undone afterwards")
    monkeypatch.delenv("PYTHONPYCACHEPREFIX")
    up.keep_bytecode(Settings(data_dir=tmp_path / "data"))
    assert "PYTHONPYCACHEPREFIX" not in os.environ
