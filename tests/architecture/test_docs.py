"""What README and docs name must exist: settings, commands, make targets, files, functions."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from crm_core.settings import PREFIX, ROOT, SECRET_FIELDS, Settings

PAGES = sorted([*ROOT.glob("README*.md"), *(ROOT / "docs").rglob("*.md")])
SPAN = re.compile(r"```.*?```|``[^`]+``|`[^`\n]+`", re.DOTALL)
MADE_LATER = (".venv", "bot/.venv", ".tools", ".sapa", "node_modules", "channels/static/vendor",
              ".env", "models")  # fmt: skip
OURS = ("crm_core", "channels", "actions")
TOP = {path.name for path in ROOT.iterdir()} | {"bot", "data", "deploy"}


def code(text: str) -> Iterator[str]:
    """The pieces of a page that are set as code."""
    for match in SPAN.finditer(text):
        yield match.group().strip("`").strip()


def unknown_settings(text: str) -> list[str]:
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    known |= {f"{PREFIX}{name.upper()}_FILE" for name in SECRET_FIELDS}
    named = re.findall(rf"\b{PREFIX}[A-Z0-9_]*[A-Z0-9]\b", text)
    return [name for name in named if name not in known]


def unknown_targets(text: str) -> list[str]:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = [name for piece in code(text) for name in re.findall(r"\bmake ([a-z][a-z-]*)", piece)]
    return [f"make {name}" for name in named if name not in targets]


def unknown_commands(text: str) -> list[str]:
    from channels.cli.app import app

    root = typer.main.get_command(app)
    unknown = []
    for piece in code(text):
        for line in re.findall(r"(?:^|\s)sapa((?: +[a-z][a-z|-]*)+)", piece):
            commands = subcommands(root)
            for word in line.split():
                if not commands:
                    break  # what follows a command without subcommands are its arguments
                if not set(word.split("|")) <= set(commands):
                    unknown.append(f"sapa{line}")
                    break
                commands = subcommands(commands[word.split("|")[0]])
    return unknown


def subcommands(command: object) -> dict[str, object]:
    return dict(getattr(command, "commands", {}))


def missing_files(text: str) -> list[str]:
    missing = []
    for piece in code(text):
        for word in piece.split():
            name = word.strip(",;:()[]'\"").split("::")[0]
            if not re.fullmatch(r"[A-Za-z0-9_.@-]+(/[A-Za-z0-9_.@-]+)*/?", name):
                continue  # a pattern, a placeholder, an address
            is_path = "/" in name and name.split("/")[0] in TOP
            if is_path and not name.startswith(MADE_LATER) and not (ROOT / name).exists():
                missing.append(name)
    return missing


def missing_names(text: str) -> list[str]:
    """``orders.place``: where a module of ours has that name, one of them holds the thing."""
    missing = []
    for piece in code(text):
        found = re.fullmatch(r"([a-z_]+(?:\.[a-z_]+)*)\.([A-Za-z_]+)(?:\(.*\))?", piece)
        if found is None or found[2] in {"py", "md", "yml", "csv"}:
            continue
        homes = [name for name in (f"{top}.{found[1]}" for top in OURS) if is_module(name)]
        if homes and not any(holds(home, found[2]) for home in homes):
            missing.append(piece)
    return missing


def is_module(name: str) -> bool:
    path = ROOT / name.replace(".", "/")
    return path.with_suffix(".py").exists() or (path / "__init__.py").exists()


def holds(module: str, name: str) -> bool:
    return is_module(f"{module}.{name}") or hasattr(importlib.import_module(module), name)


def page_id(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_every_setting_that_a_page_names_exists(page: Path) -> None:
    assert unknown_settings(page.read_text()) == []


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_every_command_that_a_page_names_exists(page: Path) -> None:
    assert unknown_targets(page.read_text()) + unknown_commands(page.read_text()) == []


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_every_file_that_a_page_names_exists(page: Path) -> None:
    assert missing_files(page.read_text()) == []


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_every_function_that_a_page_names_exists(page: Path) -> None:
    assert missing_names(page.read_text()) == []


def test_an_invented_setting_is_found() -> None:
    assert unknown_settings("Set `SAPA_PORT` and `SAPA_WISHES`.") == ["SAPA_WISHES"]


def test_an_invented_command_is_found() -> None:
    text = "Run `sapa db upgrade`, `sapa db downsize`, `make run` or `make coffee`."
    assert unknown_commands(text) == ["sapa db downsize"]
    assert unknown_targets(text) == ["make coffee"]


def test_an_invented_file_is_found() -> None:
    text = "See `crm_core/settings.py`, `crm_core/wishes.py` and `.sapa/logs/web.log`."
    assert missing_files(text) == ["crm_core/wishes.py"]


def test_an_invented_function_is_found() -> None:
    assert missing_names("`settings.Settings` and `settings.wish()`") == ["settings.wish()"]
