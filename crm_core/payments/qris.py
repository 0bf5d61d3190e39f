"""QRIS: the shop's printed code made into one that already holds the amount. Pure.

A QRIS text is a row of fields, each of two digits tag, two digits length and the value, by EMVCo's
rules for codes that a merchant shows ("Merchant-Presented Mode" 1.1); the last one is a checksum
over all before it. A printed code is static (tag 01 is ``11``): the customer types the amount. The
one for an order is dynamic (``12``) and names it, so nobody mistypes the last three digits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from crm_core.errors import InvalidInput

FORMAT, INITIATION, CURRENCY, AMOUNT, COUNTRY = "00", "01", "53", "54", "58"
NAME, CITY, CHECKSUM = "59", "60", "63"
TIPS = frozenset({"55", "56", "57"})
"""Fields that ask for a tip or a fee; an order's total has everything in it."""
STATIC, DYNAMIC, RUPIAH, INDONESIA = "11", "12", "360", "ID"
NEEDED = (FORMAT, INITIATION, "52", CURRENCY, COUNTRY, NAME, CITY)
LONGEST = 512
"""Signs that a merchant's code may have (EMVCo, section 3)."""
LONGEST_AMOUNT = 13


@dataclass(frozen=True, slots=True)
class Field:
    """One field; ``value`` of a template (26-51, 62) holds fields of its own."""

    tag: str
    value: str


@dataclass(frozen=True, slots=True)
class Merchant:
    """Whom a code pays: shown beside it, so that a customer can compare with their bank's app."""

    name: str
    city: str


def checksum(text: str) -> str:
    """CRC-16 of ``text`` (polynomial 1021, start FFFF) as four hexadecimal capitals."""
    crc = 0xFFFF
    for byte in text.encode():
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1) ^ 0x1021 if crc & 0x8000 else crc << 1
        crc &= 0xFFFF
    return f"{crc:04X}"


def read(payload: str) -> tuple[Field, ...]:
    """The fields of ``payload`` without its checksum, which must be right.

    Raises InvalidInput ("qris_invalid", reason): ``length``, ``field``, ``checksum``, ``twice``.
    """
    text = payload.strip()
    if not 20 <= len(text) <= LONGEST:
        raise _invalid("length")
    body, given = text[:-4], text[-4:]
    if not body.endswith(f"{CHECKSUM}04") or checksum(body) != given.upper():
        raise _invalid("checksum")
    return _fields(body[:-4])


def write(fields: Sequence[Field]) -> str:
    """``fields`` as one text with its checksum. Raises InvalidInput ("qris_invalid", reason)."""
    if any(not 1 <= len(field.value) <= 99 for field in fields):
        raise _invalid("field")
    body = "".join(f"{field.tag}{len(field.value):02d}{field.value}" for field in fields)
    body += f"{CHECKSUM}04"
    return body + checksum(body)


def check(payload: str) -> Merchant:
    """Whom the shop's own code pays.

    Raises InvalidInput ("qris_invalid", reason) unless it is a whole Indonesian code in rupiah:
    beside the reasons of :func:`read` ``missing`` and ``country``.
    """
    found = {field.tag: field.value for field in read(payload)}
    accounts = [tag for tag in found if "26" <= tag <= "51"]
    if any(tag not in found for tag in NEEDED) or not accounts:
        raise _invalid("missing")
    if (found[CURRENCY], found[COUNTRY]) != (RUPIAH, INDONESIA):
        raise _invalid("country")
    return Merchant(found[NAME].strip(), found[CITY].strip())


def with_amount(payload: str, amount_idr: int) -> str:
    """The shop's code with ``amount_idr`` in it; everything about the merchant stays as it was.

    Raises InvalidInput as :func:`check`, and ("amount_invalid").
    """
    check(payload)
    amount = str(int(amount_idr))
    if amount_idr <= 0 or len(amount) > LONGEST_AMOUNT:
        raise InvalidInput("amount_invalid")
    made: list[Field] = []
    for field in read(payload):
        if field.tag == COUNTRY:
            made.append(Field(AMOUNT, amount))
        if field.tag == INITIATION:
            made.append(Field(INITIATION, DYNAMIC))
        elif field.tag != AMOUNT and field.tag not in TIPS:
            made.append(field)
    return write(made)


def _fields(body: str) -> tuple[Field, ...]:
    fields: list[Field] = []
    at = 0
    while at < len(body):
        tag, length = body[at : at + 2], body[at + 2 : at + 4]
        if not (len(length) == 2 and (tag + length).isascii() and (tag + length).isdigit()):
            raise _invalid("field")
        value = body[at + 4 : at + 4 + int(length)]
        if not value or len(value) != int(length):
            raise _invalid("field")
        if any(field.tag == tag for field in fields):
            raise _invalid("twice")
        fields.append(Field(tag, value))
        at += 4 + int(length)
    return tuple(fields)


def _invalid(reason: str) -> InvalidInput:
    return InvalidInput("qris_invalid", reason=reason)
