"""Complaints: something went wrong for a customer, with a number and somebody who answers."""

from crm_core.complaints.models import Complaint, ComplaintNote
from crm_core.complaints.queries import (
    ComplaintView,
    NoteView,
    by_code,
    counts,
    listing,
    of_customer,
    urgent_first,
    view,
)
from crm_core.complaints.rules import STATES, Category, ComplaintState, Mood, Urgency
from crm_core.complaints.service import add_note, file, move, set_category, set_urgency

__all__ = [
    "STATES",
    "Category",
    "Complaint",
    "ComplaintNote",
    "ComplaintState",
    "ComplaintView",
    "Mood",
    "NoteView",
    "Urgency",
    "add_note",
    "by_code",
    "counts",
    "file",
    "listing",
    "move",
    "of_customer",
    "set_category",
    "set_urgency",
    "urgent_first",
    "view",
]
