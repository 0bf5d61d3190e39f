"""Money for orders: what is due, what customers say they sent, what staff found on the account."""

from crm_core.payments.accounts import (
    AccountView,
    accounts,
    add_account,
    change_account,
    retire_account,
)
from crm_core.payments.decision import accept
from crm_core.payments.models import BankAccount, BankReference, Payment, TransferReport
from crm_core.payments.queries import (
    PaymentRow,
    ReportView,
    counts,
    for_order,
    listing,
    states_of,
    view,
    waiting,
)
from crm_core.payments.rules import EXPIRABLE, STATES, PaymentState
from crm_core.payments.service import close, for_order_locked, refund, reject, report, request
from crm_core.payments.sms import confirm_sms_code, make_sms_code

__all__ = [
    "EXPIRABLE",
    "STATES",
    "AccountView",
    "BankAccount",
    "BankReference",
    "Payment",
    "PaymentRow",
    "PaymentState",
    "ReportView",
    "TransferReport",
    "accept",
    "accounts",
    "add_account",
    "change_account",
    "close",
    "confirm_sms_code",
    "counts",
    "for_order",
    "for_order_locked",
    "listing",
    "make_sms_code",
    "refund",
    "reject",
    "report",
    "request",
    "retire_account",
    "states_of",
    "view",
    "waiting",
]
