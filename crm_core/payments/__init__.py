"""Money for orders: what is due, what customers say they sent, and what the bank's files show.

Statement files: ``statements.read`` → ``take_in`` → (commit) → ``settle`` each mutation. What does
not agree becomes a difference with an owner and ways out; ``books.of_day`` adds it all up.
"""

from crm_core.payments import books, ledger, statements, worklist
from crm_core.payments.accounts import (
    AccountView,
    accounts,
    add_account,
    change_account,
    retire_account,
)
from crm_core.payments.adjusting import adjust
from crm_core.payments.bankfiles import TakenIn, days_of, take_in, waiting_new
from crm_core.payments.books import Books
from crm_core.payments.cash import take_cash
from crm_core.payments.charges import (
    begin_charge,
    keep_notice,
    notice_handled,
    open_page_of,
    page_opened,
    settle_charge,
    waiting_notices,
)
from crm_core.payments.decision import accept
from crm_core.payments.differences import hold_account, order_ended, owe_for_return, returned, take
from crm_core.payments.gateways import (
    ChargeState,
    Gateway,
    GatewayAway,
    GatewayStatus,
)
from crm_core.payments.gatewaytables import GatewayCharge, GatewayNotice
from crm_core.payments.ledger import FileView, MutationView, read_day
from crm_core.payments.mailing import mail_details, mail_open
from crm_core.payments.matching import (
    DIFFERENCES,
    MUTATIONS,
    DifferenceKind,
    DifferenceState,
    MutationState,
)
from crm_core.payments.models import (
    BankAccount,
    BankFile,
    BankMutation,
    BankReference,
    Difference,
    Payment,
    Refund,
    TransferReport,
)
from crm_core.payments.mutations import assign, not_ours, reopen, settle
from crm_core.payments.posting import Booking, post
from crm_core.payments.proofs import (
    Alike,
    Earlier,
    LikenessView,
    ProofToCompare,
    likenesses,
    note_likenesses,
    to_compare,
    uncompared,
)
from crm_core.payments.queries import (
    PaymentRow,
    ReportView,
    counts,
    for_order,
    listing,
    states_of,
    view,
    view_of_order,
    waiting,
)
from crm_core.payments.refunds import (
    RefundAccount,
    confirm_refund,
    credit,
    refund,
    refund_difference,
    withdraw_refund,
)
from crm_core.payments.reminders import remind_due
from crm_core.payments.reporting import report
from crm_core.payments.rules import EXPIRABLE, SECOND_PERSON_FROM, STATES, PaymentState
from crm_core.payments.service import close, for_order_locked, reject, request
from crm_core.payments.sms import (
    Confirmation,
    Said,
    answer_code,
    awaiting_code,
    code_sent_to,
    confirm_sms_code,
    make_sms_code,
    said_of_code,
    send_code,
)
from crm_core.payments.worklist import DifferenceView, Suggestion

__all__ = [
    "DIFFERENCES",
    "EXPIRABLE",
    "MUTATIONS",
    "SECOND_PERSON_FROM",
    "STATES",
    "AccountView",
    "Alike",
    "BankAccount",
    "BankFile",
    "BankMutation",
    "BankReference",
    "Booking",
    "Books",
    "ChargeState",
    "Confirmation",
    "Difference",
    "DifferenceKind",
    "DifferenceState",
    "DifferenceView",
    "Earlier",
    "FileView",
    "Gateway",
    "GatewayAway",
    "GatewayCharge",
    "GatewayNotice",
    "GatewayStatus",
    "LikenessView",
    "MutationState",
    "MutationView",
    "Payment",
    "PaymentRow",
    "PaymentState",
    "ProofToCompare",
    "Refund",
    "RefundAccount",
    "ReportView",
    "Said",
    "Suggestion",
    "TakenIn",
    "TransferReport",
    "accept",
    "accounts",
    "add_account",
    "adjust",
    "answer_code",
    "assign",
    "awaiting_code",
    "begin_charge",
    "books",
    "change_account",
    "close",
    "code_sent_to",
    "confirm_refund",
    "confirm_sms_code",
    "counts",
    "credit",
    "days_of",
    "for_order",
    "for_order_locked",
    "hold_account",
    "keep_notice",
    "ledger",
    "likenesses",
    "listing",
    "mail_details",
    "mail_open",
    "make_sms_code",
    "not_ours",
    "note_likenesses",
    "notice_handled",
    "open_page_of",
    "order_ended",
    "owe_for_return",
    "page_opened",
    "post",
    "read_day",
    "refund",
    "refund_difference",
    "reject",
    "remind_due",
    "reopen",
    "report",
    "request",
    "retire_account",
    "returned",
    "said_of_code",
    "send_code",
    "settle",
    "settle_charge",
    "statements",
    "states_of",
    "take",
    "take_cash",
    "take_in",
    "to_compare",
    "uncompared",
    "view",
    "view_of_order",
    "waiting",
    "waiting_new",
    "waiting_notices",
    "withdraw_refund",
    "worklist",
]
