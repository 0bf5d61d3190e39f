"""Looks at `deploy/` with the eyes of those who will read it: `make deploy-check`.

Dockerfiles by hadolint; compose by its published schema; units by `systemd-analyze`; the chart
linted and rendered by Helm's own engine and held against Kubernetes' schemas; alerts by the parser
of Prometheus' queries, and by `promtool` with their tests. The tools come, hash-locked, into an
environment of their own; `systemd-analyze` and `promtool` are used where the machine has them.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from setup_steps.common import ROOT, TOOLS, UV, Step, run

DEPLOY = ROOT / "deploy"
HOME = TOOLS / "deploy-env"
LOCK = ROOT / "requirements" / "deploy.txt"
VALUES: tuple[dict[str, object], ...] = (
    {},
    {"ingress": {"enabled": True, "className": "nginx"}, "rasa": {"replicas": 3}},
    {"networkPolicy": {"enabled": False}, "data": {"existingClaim": "pictures"}},
)
RENDER = """
import json, sys
from helm_python.chart import Chart, lint
chart, folder = sys.argv[1:3]
found = lint(chart)
json.dump([str(found), *(Chart.load(chart).render(v, name="toko") for v in json.load(sys.stdin))],
          open(folder, "w"))
"""
PARSE = """
import sys, promql_parser, yaml
for group in yaml.safe_load(open(sys.argv[1]))["groups"]:
    for rule in group["rules"]:
        promql_parser.parse(rule["expr"])
"""


def tools() -> Step:
    """The environment of the tools."""

    def perform() -> None:
        run([UV, "venv", "--quiet", "--clear", "--python", sys.executable, HOME], advice="")
        target = ["--quiet", "--python", HOME / "bin" / "python"]
        run([UV, "pip", "sync", *target, "--require-hashes", LOCK], advice="")

    return Step(
        name="deploy-tools",
        title="tools that check deploy/",
        inputs=(LOCK,),
        outputs=(HOME / "bin" / "python",),
        perform=perform,
    )


def said(*command: str | Path, folder: Path = ROOT, given: str = "", **more: str) -> list[str]:
    """What a tool had to say when it was not content; nothing when it was."""
    done = subprocess.run(
        [str(word) for word in command],
        cwd=folder,
        input=given,
        env={**os.environ, **more},
        capture_output=True,
        text=True,
        check=False,
    )
    return [] if done.returncode == 0 else (done.stdout + done.stderr).strip().splitlines()


def dockerfiles() -> list[str]:
    """hadolint."""
    return said(HOME / "bin" / "hadolint", *sorted((DEPLOY / "docker").glob("*.Dockerfile")))


def compose() -> list[str]:
    """The schema of the compose specification."""
    schema = ["--builtin-schema", "vendor.compose-spec"]
    return said(HOME / "bin" / "check-jsonschema", *schema, DEPLOY / "compose.yml")


def chart() -> list[str]:
    """Helm's engine, then Kubernetes' schemas on what it rendered, for several values."""
    with tempfile.TemporaryDirectory() as place:
        target = Path(place) / "rendered.json"
        python, chart_folder = HOME / "bin" / "python", DEPLOY / "helm" / "sapa"
        given = json.dumps(VALUES)
        if problems := said(python, "-c", RENDER, chart_folder, target, given=given):
            return problems
        _, *rendered = json.loads(target.read_text(encoding="utf-8"))
        files = []
        for number, manifests in enumerate(rendered):
            for name, text in manifests.items():
                if text.strip() and not name.endswith(".tpl"):
                    files.append(Path(place) / f"{number}-{Path(name).name}")
                    files[-1].write_text(text, encoding="utf-8")
        return said(HOME / "bin" / "kubernetes-validate", "--strict", *files)


def units() -> list[str]:
    """`systemd-analyze verify`, on a machine as the units expect it."""
    if shutil.which("systemd-analyze") is None:
        return []
    with tempfile.TemporaryDirectory() as place:
        for path in (DEPLOY / "systemd").iterdir():
            target = Path(place) / path.name
            shutil.copytree(path, target) if path.is_dir() else shutil.copyfile(path, target)
            if path.suffix == ".service":  # their program is not installed here
                text = target.read_text(encoding="utf-8")
                target.write_text(text.replace("/opt/sapa/.venv/bin/sapa", "/bin/true"), "utf-8")
        names = ["sapa.target", *sorted(path.name for path in Path(place).glob("*.service"))]
        names = [name.replace("@.", "@9101.") for name in names]
        return said("systemd-analyze", "verify", "--man=no", *names, SYSTEMD_UNIT_PATH=f"{place}:")


def alerts() -> list[str]:
    """The query parser; and promtool with the rules' tests where it is installed."""
    folder = DEPLOY / "prometheus"
    problems = said(HOME / "bin" / "python", "-c", PARSE, folder / "sapa.rules.yml")
    if shutil.which("promtool"):
        problems += said("promtool", "check", "rules", "sapa.rules.yml", folder=folder)
        problems += said("promtool", "test", "rules", "sapa.tests.yml", folder=folder)
    return problems


def findings() -> Iterator[tuple[str, list[str]]]:
    """Each kind of file with what is wrong in it."""
    for check in (dockerfiles, compose, chart, units, alerts):
        yield check.__name__, check()


def main() -> int:
    """Print one line for each kind of file; exit 1 if one is wrong."""
    step = tools()
    if not step.is_done():
        print(f"set-up: {step.title} ...", flush=True)
        step.perform()
        step.mark_done()
    good = True
    for name, problems in findings():
        print(f"{'✗' if problems else '✓'} {name}", *problems, sep="\n    ")
        good = good and not problems
    for tool in ("systemd-analyze", "promtool"):
        if shutil.which(tool) is None:
            print(f"• {tool} is not installed here: not asked")
    return int(not good)


if __name__ == "__main__":
    sys.exit(main())
