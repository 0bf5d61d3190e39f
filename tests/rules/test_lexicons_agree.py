"""The assistant's spellings of talk are talk for the catalogue's search as well."""

from __future__ import annotations

from bot.components.lexicon import SHORTHAND
from crm_core.catalogue import lexicon

OF_BOTH = {
    *("disc", "hub", "klem", "mrh", "stop", "stp", "gila", "return", "mti", "point", "points"),
    *("account", "kuri", "bag", "abang"),
}
"""Talk that is also a part's word, a colour or a name in the lists of makers."""


def test_what_the_assistant_reads_as_talk_disturbs_no_search() -> None:
    words = lexicon.load()
    passed = words.chatter | words.light | words.everyday | OF_BOTH
    missing = {
        written
        for written, meant in SHORTHAND.items()
        if len(written) > 2 and set(meant.split()) <= words.chatter and written.isalpha()
    } - passed
    assert missing == set()
