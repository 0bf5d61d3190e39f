"""What happens in the shop, told to other programs: signed, in order for each thing, never lost.

Importing this package is what makes changes write their events (:mod:`.outbox`).
"""

from crm_core.webhooks import outbox
from crm_core.webhooks.models import WebhookDelivery, WebhookEndpoint, WebhookEvent
from crm_core.webhooks.posting import (
    LEASE,
    Post,
    begin,
    delivered,
    due,
    end,
    failed,
    next_post,
    tidy,
)
from crm_core.webhooks.queries import (
    DeliveryView,
    EndpointView,
    by_public_id,
    deliveries,
    endpoints,
    troubled,
    view,
)
from crm_core.webhooks.rules import EVENTS, PAUSES, TYPES, DeliveryState, EndpointState, signature
from crm_core.webhooks.service import (
    add,
    change,
    new_secret,
    pause,
    ping,
    remove,
    resend,
    resume,
    seal_anew,
    secret_of,
)

__all__ = [
    "EVENTS",
    "LEASE",
    "PAUSES",
    "TYPES",
    "DeliveryState",
    "DeliveryView",
    "EndpointState",
    "EndpointView",
    "Post",
    "WebhookDelivery",
    "WebhookEndpoint",
    "WebhookEvent",
    "add",
    "begin",
    "by_public_id",
    "change",
    "delivered",
    "deliveries",
    "due",
    "end",
    "endpoints",
    "failed",
    "new_secret",
    "next_post",
    "outbox",
    "pause",
    "ping",
    "remove",
    "resend",
    "resume",
    "seal_anew",
    "secret_of",
    "signature",
    "tidy",
    "troubled",
    "view",
]
