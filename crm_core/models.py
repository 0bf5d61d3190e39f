"""Every table of the core, for Alembic: importing this module fills ``Base.metadata``."""

from crm_core import effects
from crm_core.carts import models as carts
from crm_core.catalogue import models as catalogue
from crm_core.comments import models as comments
from crm_core.complaints import models as complaints
from crm_core.conversations import models as conversations
from crm_core.customers import models as customers
from crm_core.db import Base
from crm_core.handoffs import models as handoffs
from crm_core.identity import models as identity
from crm_core.learning import models as learning
from crm_core.loyalty import models as loyalty
from crm_core.mails import models as mails
from crm_core.orders import models as orders
from crm_core.payments import models as payments
from crm_core.pricing import models as pricing
from crm_core.privacy import models as privacy
from crm_core.returns import models as returns
from crm_core.shipments import models as shipments
from crm_core.shipping import models as shipping
from crm_core.shop import models as shop
from crm_core.staff import models as staff
from crm_core.stock import models as stock
from crm_core.timeline import models as timeline
from crm_core.webhooks import models as webhooks

__all__ = [
    "Base",
    "carts",
    "catalogue",
    "comments",
    "complaints",
    "conversations",
    "customers",
    "effects",
    "handoffs",
    "identity",
    "learning",
    "loyalty",
    "mails",
    "orders",
    "payments",
    "pricing",
    "privacy",
    "returns",
    "shipments",
    "shipping",
    "shop",
    "staff",
    "stock",
    "timeline",
    "webhooks",
]
