"""Comments: what customers suggest, praise, ask in writing or say of a part they bought."""

from crm_core.comments.models import Comment
from crm_core.comments.queries import (
    CommentView,
    counts,
    listing,
    of_customer,
    published,
    view,
)
from crm_core.comments.rules import (
    KINDS,
    LONGEST,
    STATES,
    CommentKind,
    CommentState,
    Said,
    heard,
)
from crm_core.comments.service import answer, hide, leave, may_review, publish

__all__ = [
    "KINDS",
    "LONGEST",
    "STATES",
    "Comment",
    "CommentKind",
    "CommentState",
    "CommentView",
    "Said",
    "answer",
    "counts",
    "heard",
    "hide",
    "leave",
    "listing",
    "may_review",
    "of_customer",
    "publish",
    "published",
    "view",
]
