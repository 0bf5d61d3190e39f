"""A message that answers, or asks again for, the code sent by SMS is known by what is awaited.

Six digits mean nothing to the assistant's reading; that a code is open for this very customer says
what they are, whatever was being talked about.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm_core import customers, payments
from crm_core.payments import Said
from crm_core.payments.rules import may_be_of_code

if TYPE_CHECKING:
    from channels.context import Context
    from crm_core.conversations import Work

CONFIRM, AGAIN = "/confirm_code", "/resend_code"


def command(here: Context, work: Work) -> str | None:
    """The command that stands for the customer's words, or None when they are about no code."""
    if work.internal_payload or work.tapped_payload or not may_be_of_code(work.text):
        return None
    with here.unit_of_work() as session:
        customer = customers.by_public_id(session, work.customer_public_id)
        said = payments.said_of_code(session, customer, work.text)
    if said is None:
        return None
    return CONFIRM if said == Said.CODE else AGAIN
