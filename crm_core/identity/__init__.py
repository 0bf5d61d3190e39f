"""Whose phone it is: codes that prove it, signing in and out, one customer instead of two."""

from crm_core.identity.codes import PhoneProof, ask_code, prove
from crm_core.identity.models import MoveCode, PhoneCode
from crm_core.identity.moving import Moved, MoveTicket, code_in, move, offer_move
from crm_core.identity.service import link, sign_in, sign_out, tidy

__all__ = [
    "MoveCode",
    "MoveTicket",
    "Moved",
    "PhoneCode",
    "PhoneProof",
    "ask_code",
    "code_in",
    "link",
    "move",
    "offer_move",
    "prove",
    "sign_in",
    "sign_out",
    "tidy",
]
