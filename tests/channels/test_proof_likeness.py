"""Copies of a receipt are found however they were treated; other receipts of the app are not.

``SAPA_MANY=1`` compares two hundred receipts instead of three and prints the shares found.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from dataclasses import replace

import pytest

from channels import likeness, pictures
from crm_core.payments.proofs import ALIKE_BITS
from tests.receipts import Receipt, cut, jpeg, photo

pytestmark = pytest.mark.slow

MANY = int(os.environ.get("SAPA_MANY") or 0)
RECEIPTS = 200 if MANY else 3
COPIES = {
    "smaller": 0.98,
    "half": 0.95,
    "cut": 0.95,
    "amount": 0.95,
    "date": 0.95,
    "cut+amount": 0.85,
}
"""At least this share of each kind of copy must be found."""
OTHERS = {"same bank": 0.02, "same payer": 0.15, "other bank": 0.0, "photo": 0.0}
"""At most this share of pictures that are no copies may be taken for one."""


def alike(one: bytes, other: bytes) -> bool:
    """As the shop decides: first sight by the hash, then the closer look."""
    first, second = pictures.clean(one), pictures.clean(other)
    apart = ((first.phash ^ second.phash) & (2**64 - 1)).bit_count()
    if apart > ALIKE_BITS:
        return False
    return likeness.lines_apart(first.content, second.content) is not None


def kinds(receipt: Receipt, chance: random.Random) -> dict[str, bytes]:
    """Copies and other pictures to hold against ``receipt``."""
    image = receipt.draw()
    small = image.resize((image.width * 3 // 4, image.height * 3 // 4))
    amount = replace(receipt, amount=chance.randrange(20_000, 3_000_000)).draw()
    return {
        "smaller": jpeg(small, 60),
        "half": jpeg(image.resize((image.width // 2, image.height // 2)), 50),
        "cut": jpeg(cut(image, chance), 70),
        "amount": jpeg(amount, 75),
        "date": jpeg(replace(receipt, when="01 Nov 2026 09:15:44 WIB").draw(), 75),
        "cut+amount": jpeg(cut(amount, chance), 75),
        "same bank": jpeg(receipt.other(chance).draw(), 80),
        "same payer": jpeg(receipt.other(chance, same_payer=True).draw(), 80),
        "other bank": jpeg(Receipt.made(chance, bank=(receipt.bank + 1) % 6).draw(), 80),
        "photo": jpeg(photo(chance), 80),
    }


def test_copies_are_found_and_other_receipts_are_not() -> None:
    chance = random.Random(5)  # noqa: S311 - pictures for a test
    found: Counter[str] = Counter()
    for _ in range(RECEIPTS):
        receipt = Receipt.made(chance)
        original = jpeg(receipt.draw())
        for kind, content in kinds(receipt, chance).items():
            found[kind] += alike(original, content)
    shares = {kind: found[kind] / RECEIPTS for kind in (*COPIES, *OTHERS)}
    if MANY:
        print("\n" + "\n".join(f"{kind}: {share:.1%}" for kind, share in shares.items()))  # noqa: T201 - figures to read
    assert all(shares[kind] >= (least if MANY else 0.6) for kind, least in COPIES.items()), shares
    assert all(shares[kind] <= (most if MANY else 0.4) for kind, most in OTHERS.items()), shares
    assert shares["other bank"] == shares["photo"] == 0


def test_a_copy_in_another_quality_differs_in_no_line_and_an_edited_one_in_few() -> None:
    chance = random.Random(1)  # noqa: S311 - pictures for a test
    receipt = Receipt.made(chance, bank=0, size=(1080, 2340), dark=False)
    original = jpeg(receipt.draw())
    assert likeness.lines_apart(original, jpeg(receipt.draw(), 55)) == 0
    edited = jpeg(replace(receipt, amount=receipt.amount + 7_654_321).draw())
    assert likeness.lines_apart(original, edited) in {1, 2}
    assert likeness.lines_apart(original, jpeg(receipt.other(chance).draw())) is None


@pytest.mark.parametrize("content", [b"", b"no picture", jpeg(photo(random.Random(2)))[:200]])  # noqa: S311
def test_what_is_no_picture_is_refused(content: bytes) -> None:
    whole = jpeg(photo(random.Random(2)))  # noqa: S311 - a picture for a test
    with pytest.raises((OSError, ValueError)):
        likeness.lines_apart(content, whole)
