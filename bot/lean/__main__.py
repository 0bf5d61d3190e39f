"""Starts Rasa with the replacements; takes Rasa's own arguments."""

from __future__ import annotations

import sys

from bot.lean import tensorless


def main() -> None:
    """Become Rasa."""
    if not tensorless.needs_tensorflow(tensorless.model_of(sys.argv)):
        tensorless.stand_in()  # before anything of Rasa is imported
    from rasa.__main__ import main as rasa_main  # noqa: PLC0415

    from bot.lean.replacing import apply  # noqa: PLC0415

    apply()
    rasa_main()


if __name__ == "__main__":
    main()
