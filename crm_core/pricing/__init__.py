"""What things cost: class prices and breaks, promotions and vouchers, agreed prices. One truth."""

from crm_core.customers.models import PRICE_CLASSES
from crm_core.pricing.advice import Room, room
from crm_core.pricing.bargains import (
    accept_bargain,
    bargain,
    bargaining_open,
    decide_bargain,
    decline_bargain,
    expire_bargains,
    save_margin_rule,
)
from crm_core.pricing.bargains import view as bargain_of
from crm_core.pricing.goods import COLUMNS as GOODS_COLUMNS
from crm_core.pricing.goods import Goods
from crm_core.pricing.models import (
    Bargain,
    MarginRule,
    PriceTier,
    Promotion,
    PromotionUse,
)
from crm_core.pricing.promotions import NewPromotion, end_promotion, save_promotion, set_tiers
from crm_core.pricing.queries import (
    BargainView,
    MarginRuleView,
    PromotionView,
    TierView,
    bargains,
    margin_rules,
    promotion,
    promotions,
    running_promotions,
    still_open,
    tiers,
    voucher_among,
)
from crm_core.pricing.reopening import reopen_promotions
from crm_core.pricing.rules import CartQuote, Discount, PricedLine, Voucher
from crm_core.pricing.service import (
    PriceView,
    Wanted,
    check_voucher,
    hold_promotions,
    plain_voucher,
    price_of,
    quote,
    refuse_problem,
    release_promotions,
)

__all__ = [
    "GOODS_COLUMNS",
    "PRICE_CLASSES",
    "Bargain",
    "BargainView",
    "CartQuote",
    "Discount",
    "Goods",
    "MarginRule",
    "MarginRuleView",
    "NewPromotion",
    "PriceTier",
    "PriceView",
    "PricedLine",
    "Promotion",
    "PromotionUse",
    "PromotionView",
    "Room",
    "TierView",
    "Voucher",
    "Wanted",
    "accept_bargain",
    "bargain",
    "bargain_of",
    "bargaining_open",
    "bargains",
    "check_voucher",
    "decide_bargain",
    "decline_bargain",
    "end_promotion",
    "expire_bargains",
    "hold_promotions",
    "margin_rules",
    "plain_voucher",
    "price_of",
    "promotion",
    "promotions",
    "quote",
    "refuse_problem",
    "release_promotions",
    "reopen_promotions",
    "room",
    "running_promotions",
    "save_margin_rule",
    "save_promotion",
    "set_tiers",
    "still_open",
    "tiers",
    "voucher_among",
]
