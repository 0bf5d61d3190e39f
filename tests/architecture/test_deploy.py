"""The deployment files name what exists: settings, commands, files, figures, runbook parts."""

from __future__ import annotations

import fnmatch
import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from channels import backlog, metrics
from channels.cli.app import app
from crm_core.settings import PREFIX, ROOT, SECRET_FIELDS, Settings

DEPLOY = ROOT / "deploy"
FILES = sorted(path for path in DEPLOY.rglob("*") if path.is_file() and "secrets" not in path.parts)
DOCKERFILES = sorted((DEPLOY / "docker").glob("*.Dockerfile"))
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
COMPOSE = yaml.safe_load((DEPLOY / "compose.yml").read_text())
RULES = yaml.safe_load((DEPLOY / "prometheus" / "sapa.rules.yml").read_text())
ALERTS = [rule for group in RULES["groups"] for rule in group["rules"]]
IMAGES_AND_PORTS = {"SAPA_APP_IMAGE", "SAPA_RASA_IMAGE", "SAPA_LISTEN"}
"""Variables of compose itself."""
OWN_IMAGE = {"web", "worker", "beat", "actions", "migrate"}


def file_id(path: Path) -> str:
    return str(path.relative_to(DEPLOY))


@pytest.mark.parametrize("path", FILES, ids=file_id)
def test_every_setting_that_a_deployment_file_names_exists(path: Path) -> None:
    known = {PREFIX + name.upper() for name in Settings.model_fields} | IMAGES_AND_PORTS
    known |= {f"{PREFIX}{name.upper()}_FILE" for name in SECRET_FIELDS}
    named = set(re.findall(rf"\b{PREFIX}[A-Z0-9_]*[A-Z0-9]\b", path.read_text()))
    assert named - known == set()


@cache
def parameters(*command: str) -> frozenset[str]:
    """The options of a ``sapa`` command; fails when there is no such command."""
    found: Any = typer.main.get_command(app)
    for word in command:
        found = found.commands[word]
    return frozenset(option for one in found.params for option in one.opts)


def check_command(words: list[str]) -> None:
    options = [word for word in words if word.startswith("--")]
    names = words[: next((n for n, word in enumerate(words) if word.startswith("--")), len(words))]
    assert set(options) <= parameters(*names)


@pytest.mark.parametrize("name", sorted(OWN_IMAGE))
def test_every_service_of_compose_is_a_command_with_its_options(name: str) -> None:
    check_command(COMPOSE["services"][name]["command"])


@pytest.mark.parametrize("path", UNITS, ids=file_id)
def test_every_unit_starts_a_command_with_its_options(path: Path) -> None:
    started = re.findall(r"^ExecStart(?:Pre)?=(.*)$", path.read_text(), re.MULTILINE)
    assert started
    for line in started:
        program, *words = shlex.split(line)
        assert program == "/opt/sapa/.venv/bin/sapa"
        check_command(words)


def test_the_target_wants_every_unit_but_the_migration_which_each_unit_needs() -> None:
    target = (DEPLOY / "systemd" / "sapa.target").read_text()
    for path in UNITS:
        if path.stem == "sapa-migrate":
            continue
        assert re.search(rf"\b{re.escape(path.stem)}\w*\.service\b", target), path.stem
        assert "Requires=sapa-migrate.service" in path.read_text()


def allowed_in_images(name: str) -> bool:
    """Whether ``.dockerignore`` lets ``name`` into the build; the last rule that fits decides."""
    allowed = True
    for line in (ROOT / ".dockerignore").read_text().splitlines():
        rule = line.lstrip("!")
        if not line or line.startswith("#"):
            continue
        if fnmatch.fnmatch(name, rule) or name.startswith(f"{rule}/"):
            allowed = line.startswith("!")
    return allowed


@pytest.mark.parametrize("path", DOCKERFILES, ids=file_id)
def test_an_image_copies_only_what_exists_and_may_enter_the_build(path: Path) -> None:
    for line in re.findall(r"^COPY (?!--from)(.*)$", path.read_text(), re.MULTILINE):
        for source in line.split()[:-1]:
            assert (ROOT / source).exists(), source
            assert allowed_in_images(source) or source == "scripts", source


@pytest.mark.parametrize("name", [".env", ".sapa/secret_key", "deploy/secrets/api_token", ".git"])
def test_no_secret_enters_a_build(name: str) -> None:
    assert not allowed_in_images(name)


@pytest.mark.parametrize("path", DOCKERFILES, ids=file_id)
def test_an_image_does_not_run_as_root_and_has_a_health_check(path: Path) -> None:
    last_stage = path.read_text().rpartition("\nFROM ")[2]
    assert "\nUSER 10001:10001\n" in last_stage
    assert "\nHEALTHCHECK " in last_stage


def test_only_the_web_server_is_published_and_databases_are_reached_from_inside_only() -> None:
    services = COMPOSE["services"]
    assert [name for name, service in services.items() if "ports" in service] == ["web"]
    assert COMPOSE["networks"]["inside"]["internal"] is True
    for name in ("postgres", "valkey", "rasa", "actions", "beat"):
        assert services[name]["networks"] == ["inside"]


def test_every_service_has_limits_that_together_fit_into_four_gigabytes() -> None:
    services = [one for one in COMPOSE["services"].values() if "profiles" not in one]
    limits = [one["deploy"]["resources"]["limits"]["memory"] for one in services]
    lasting = sum(int(limit.removesuffix("M")) for limit in limits) - 256  # the migration ends
    assert lasting <= 4096


def made() -> Iterator[str]:
    """The names of all figures as Prometheus stores them."""
    metrics.turn_ended("answered", 0.1)
    metrics.delivery_ended("twilio", "sent")
    for family in metrics.registry().collect():
        yield from {sample.name for sample in family.samples} or {family.name}
        if family.type == "counter":
            yield f"{family.name}_total"
        if family.type == "histogram":
            yield f"{family.name}_bucket"
    yield from re.findall(r'"(sapa_\w+)"', Path(backlog.__file__).read_text())


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])
def test_every_alert_asks_for_figures_that_exist(alert: dict[str, Any]) -> None:
    asked = set(re.findall(r"\bsapa_\w+", alert["expr"]))
    assert asked
    assert asked - {*made(), "sapa_requests_total"} == set()


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])
def test_every_alert_about_waiting_names_a_kind_of_work_that_is_counted(
    alert: dict[str, Any],
) -> None:
    counted = set(re.findall(r"SELECT '(\w+)'", Path(backlog.__file__).read_text()))
    assert set(re.findall(r'work="(\w+)"', alert["expr"])) <= counted


def test_the_runbook_has_a_part_for_each_alert_and_no_other() -> None:
    parts = re.findall(r"^## (\w+)$", (ROOT / "docs" / "runbook.md").read_text(), re.MULTILINE)
    assert sorted(parts) == sorted(alert["alert"] for alert in ALERTS)
    for alert in ALERTS:
        link = f"docs/runbook.md#{alert['alert'].lower()}"
        assert alert["annotations"]["runbook_url"] == link
