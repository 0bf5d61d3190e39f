"""The auditor of drills: I1 to I10 from the database, the twin's ledger and the logs.

What the books alone can show is found by :mod:`crm_core.auditing`; here is what only somebody can
see who knows both sides: what was posted and answered, what Twilio accepted, what was logged.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import sqlalchemy as sa
from sqlalchemy.orm import Session

from channels.twin import Sent
from crm_core import auditing, codes
from crm_core.auditing import Finding

RANK = {"queued": 0, "sending": 0, "unknown": 0, "failed": 1, "sent": 2, "delivered": 3, "read": 4}
"""How far a message has come; written down anew, so that the shop's own table may be wrong."""
REPORTED = {"sent": 2, "delivered": 3, "read": 4, "failed": 1, "undelivered": 1}
CODE = re.compile(rf"(?<![0-9A-Z]){codes.ORDER}-[{codes.ALPHABET}]{{{codes.LENGTH}}}(?![0-9A-Z])")
SHORTEST_BODY = 18
"""Shorter words ("ya", "halo kak") may stand in a log by chance."""


@dataclass
class Evidence:
    """What the auditor is given. ``taken``: webhooks answered with 2xx by MessageSid, how often.

    ``read_to``: how far each log was read before; it is moved on.
    ``one_order_each``: addresses whose customer wanted one order. ``secrets`` by name.
    """

    session: Session
    taken: Mapping[str, int] = field(default_factory=dict)
    ledger: Sequence[Sent] = ()
    logs: Sequence[Path] = ()
    read_to: dict[Path, int] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    one_order_each: Sequence[str] = ()


def i1(seen: Evidence) -> Iterator[Finding]:
    """Every webhook answered with 2xx has exactly one row."""
    rows = Counter(
        seen.session.scalars(
            sa.text("SELECT provider_id FROM messages WHERE direction = 'inbound'")
        )
    )
    for sid in seen.taken:
        if rows[sid] != 1:
            yield Finding("I1", f"webhook {sid}", f"answered with 2xx, has {rows[sid]} rows")


_UNENDED = """
    SELECT m.id, CASE
        WHEN m.awaits_bot THEN 'nobody has answered'
        WHEN t.state IN ('pending', 'running') THEN 'its turn ' || t.id || ' has not ended'
        WHEN t.state = 'answered' AND NOT EXISTS (
            SELECT FROM messages o WHERE o.turn_id = t.id AND o.direction = 'outbound')
            THEN 'its turn ' || t.id || ' ended in silence'
        WHEN (t.id IS NULL OR t.state IN ('failed', 'dropped')) AND a.stopped_at IS NULL
            AND NOT EXISTS (SELECT FROM handoffs h WHERE h.conversation_id = m.conversation_id)
            THEN 'neither the bot nor a person has it'
        END AS said
    FROM messages m
    JOIN conversations c ON c.id = m.conversation_id
    JOIN channel_addresses a ON a.id = c.address_id
    LEFT JOIN turns t ON t.id = m.turn_id
    WHERE m.direction = 'inbound'
"""


def i2(seen: Evidence) -> Iterator[Finding]:
    """Every message that came in was answered, or people have it, or it was a stop word."""
    query = f"SELECT id, said FROM ({_UNENDED}) AS found WHERE said IS NOT NULL ORDER BY id"  # noqa: S608 - ours
    for message_id, said in seen.session.execute(sa.text(query)):
        yield Finding("I2", f"message {message_id}", said)


def i3(seen: Evidence) -> Iterator[Finding]:
    """Nothing was done twice: what the books show, and customers with more than one order."""
    query = sa.text(
        "SELECT a.address, count(*) FROM orders o JOIN channel_addresses a USING (customer_id)"
        " WHERE a.address = ANY(:wanted) GROUP BY a.address HAVING count(*) > 1"
    )
    for address, count in seen.session.execute(query, {"wanted": list(seen.one_order_each)}):
        yield Finding("I3", f"address …{address[-4:]}", f"wanted one order and has {count}")


def i5(seen: Evidence) -> Iterator[Finding]:
    """What customers saw of orders is true: theirs, and there when it was said."""
    query = sa.text(
        "SELECT o.order_code, a.address, o.created_at FROM orders o"
        " JOIN channel_addresses a USING (customer_id)"
    )
    known: dict[str, dict[str, datetime]] = defaultdict(dict)
    for code, address, made_at in seen.session.execute(query):
        known[code][address.removeprefix("sms:")] = made_at
    for sent in seen.ledger:
        for code in set(CODE.findall(sent.body)):
            row = f"sent {sent.sid}"
            if code not in known:
                yield Finding("I5", row, f"told of order {code}, which is not there")
            elif sent.to not in known[code]:
                yield Finding("I5", row, f"told of order {code}, which is somebody else's")
            elif sent.created_at < known[code][sent.to]:
                yield Finding("I5", row, f"told of order {code} before it was made")


def i6(seen: Evidence) -> Iterator[Finding]:
    """Each outgoing row reached Twilio exactly once, or failed, or is uncertain and listed."""
    accepted: dict[int, list[Sent]] = defaultdict(list)
    for sent in seen.ledger:
        accepted[_row_of(sent)].append(sent)
    query = sa.text(
        "SELECT id, status, provider_id FROM messages WHERE direction = 'outbound'"
        " AND provider = 'twilio' AND status <> 'dropped' ORDER BY id"
    )
    rows = {row.id: row for row in seen.session.execute(query)}
    for number, copies in accepted.items():
        shown = [sent for sent in copies if sent.error_code is None]
        if len(shown) > 1:
            yield Finding("I6", f"message {number}", f"reached the customer {len(shown)} times")
        if number not in rows:
            yield Finding("I6", f"sent {copies[0].sid}", "is no message of ours")
    for number, row in rows.items():
        said = _left_badly(row.status, row.provider_id, accepted.get(number, []))
        if said is not None:
            yield Finding("I6", f"message {number}", said)


def _left_badly(status: str, provider_id: str | None, copies: Sequence[Sent]) -> str | None:
    ids = {sent.sid for sent in copies}
    if status in {"queued", "sending"}:
        return f"is still {status}"
    if status in {"sent", "delivered", "read"} and provider_id not in ids:
        return f"is {status}, and Twilio has never accepted it under that id"
    if status == "failed" and any(sent.error_code is None for sent in copies):
        return "is failed, and the customer got it"
    return None


def _row_of(sent: Sent) -> int:
    """Our own id, as the message carries it in its callback's address."""
    found = parse_qs(urlsplit(sent.status_callback or "").query).get("message", ["0"])
    return int(found[0])


def i7(seen: Evidence) -> Iterator[Finding]:
    """A message is as far as the furthest of its reports, never behind it."""
    query = sa.text(
        "SELECT m.id, m.status, array_agg(s.status) FROM messages m JOIN status_callbacks s"
        " USING (provider, provider_id) WHERE m.direction = 'outbound' GROUP BY m.id ORDER BY m.id"
    )
    for number, status, reports in seen.session.execute(query):
        furthest = max(REPORTED.get(report, 0) for report in reports)
        if RANK.get(status, 0) < furthest:
            yield Finding("I7", f"message {number}", f"is {status} after {sorted(reports)}")


def i10(seen: Evidence) -> Iterator[Finding]:
    """No log holds a whole telephone number, what somebody wrote, or a secret."""
    numbers = {
        re.sub(r"\D", "", address)
        for address in seen.session.scalars(sa.text("SELECT address FROM channel_addresses"))
        if "+" in address
    }
    texts = seen.session.scalars(
        sa.text("SELECT DISTINCT split_part(text, chr(10), 1) FROM messages")
    )
    beginnings = {text.strip()[:SHORTEST_BODY] for text in texts}
    bodies = {words for words in beginnings if len(words) == SHORTEST_BODY}
    for path in seen.logs:
        yield from _in_log(path, seen, numbers, bodies)


def _in_log(path: Path, seen: Evidence, numbers: set[str], bodies: set[str]) -> Iterator[Finding]:
    digits = re.compile(r"\d{9,15}")
    with path.open("rb") as log:
        before = seen.read_to.get(path, 0)
        log.seek(
            before if before <= path.stat().st_size else 0
        )  # a log that grew large begins anew
        at = log.tell()
        for raw in log:
            line, row = raw.decode("utf-8", "replace"), f"{path.name} at byte {at}"
            at += len(raw)
            if any(_is_phone(found, numbers) for found in digits.findall(line)):
                yield Finding("I10", row, "holds a whole telephone number")
            if any(line[i : i + SHORTEST_BODY] in bodies for i in range(len(line))):
                yield Finding("I10", row, "holds what somebody wrote")
            for name, secret in seen.secrets.items():
                if secret and secret in line:
                    yield Finding("I10", row, f"holds the secret {name}")
    seen.read_to[path] = at


def _is_phone(digits: str, numbers: set[str]) -> bool:
    return digits in numbers or f"62{digits.removeprefix('0')}" in numbers


OURS: tuple[Callable[[Evidence], Iterable[Finding]], ...] = (i1, i2, i3, i5, i6, i7, i10)
"""I4, I8 and I9 are wholly those of the books, as are the other halves of I3, I5, I6 and I7."""


def audit(seen: Evidence) -> list[Finding]:
    """Every finding: of the books first, then of what only both sides together show."""
    books = auditing.audit(seen.session)
    return [*books.findings, *(found for check in OURS for found in check(seen))]
