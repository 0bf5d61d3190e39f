"""The words of the screens, Indonesian and English side by side in ``channels/texts/*.yml``.

A text is named by file and path: ``t("console.nav.inbox")``. What customers are told in a
conversation is not here: dialogue lives in ``bot/domain``, notices in ``crm_core/notices``.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml
from flask import g, has_request_context, request, session

if TYPE_CHECKING:
    from flask import Flask

LANGUAGES: Final = ("id", "en")
DEFAULT: Final = "id"
FOLDER = Path(__file__).parent / "texts"


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """Every text: name → language → words. Read once per process."""
    texts: dict[str, dict[str, str]] = {}
    for path in sorted(FOLDER.glob("*.yml")):
        _flatten(path.stem, yaml.safe_load(path.read_text(encoding="utf-8")), texts)
    return texts


def _flatten(name: str, node: Any, into: dict[str, dict[str, str]]) -> None:
    if not all(isinstance(below, str) for below in node.values()):
        for key, below in node.items():
            _flatten(f"{name}.{key}", below, into)
    else:
        into[name] = node


def language() -> str:
    """The language of the person who reads the answer being made."""
    if not has_request_context():
        return DEFAULT
    if "language" not in g:
        chosen = session.get("language", DEFAULT)
        g.language = chosen if chosen in LANGUAGES else DEFAULT
    return str(g.language)


def choose(wanted: str) -> None:
    """Speak ``wanted`` from here on; a language we do not know changes nothing."""
    if wanted in LANGUAGES:
        session["language"] = g.language = wanted


def text(name: str, spoken: str, /, **facts: object) -> str:
    """The text ``name`` in language ``spoken``; KeyError if there is none."""
    return catalogue()[name][spoken].format_map({key: _word(facts[key]) for key in facts})


def t(name: str, /, **facts: object) -> str:
    """The text ``name`` in the reader's language."""
    return text(name, language(), **facts)


def has(name: str) -> bool:
    """Whether there is a text of this name."""
    return name in catalogue()


def word(group: str, name: object) -> str:
    """The word for a state or kind (``word("order", "paid")``); its own name if it has none."""
    key = f"words.{group}.{name}"
    return t(key) if has(key) else str(name).replace("_", " ")


def install(app: Flask) -> None:
    """Give templates ``t``, ``word`` and ``language``, and let ``?lang=en`` choose anywhere."""

    @app.before_request
    def _ask_address() -> None:
        wanted = request.args.get("lang")
        if wanted and request.method == "GET":
            choose(wanted)

    app.jinja_env.globals.update(t=t, word=word)  # globals, so that macros have them too
    app.context_processor(lambda: {"language": language()})


def _word(fact: object) -> str:
    return "" if fact is None else str(fact)
