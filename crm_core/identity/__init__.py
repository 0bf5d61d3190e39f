"""Whose phone it is: codes that prove it, signing in and out, one customer instead of two."""

from crm_core.identity.codes import PhoneProof, ask_code, prove
from crm_core.identity.models import PhoneCode
from crm_core.identity.service import link, sign_in, sign_out, tidy

__all__ = ["PhoneCode", "PhoneProof", "ask_code", "link", "prove", "sign_in", "sign_out", "tidy"]
