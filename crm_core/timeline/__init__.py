"""Who did what and when: written by every changing verb, never changed afterwards."""

from crm_core.timeline.models import Entry
from crm_core.timeline.seals import Verification, seal, verify
from crm_core.timeline.service import Actor, entries, record

__all__ = ["Actor", "Entry", "Verification", "entries", "record", "seal", "verify"]
