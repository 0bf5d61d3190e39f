# ruff: noqa: E501, PLR0915 - written by scripts/remake_initial_migration.py
"""The tables as they are at the start."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "bank_accounts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("bank", sa.String(length=60), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("holder", sa.String(length=120), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("cash", sa.Boolean(), server_default="false", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_accounts")),
    )
    op.create_index(
        "uq_bank_accounts_active",
        "bank_accounts",
        ["bank", "number"],
        unique=True,
        postgresql_where=sa.text("active"),
    )
    op.create_index(
        "uq_bank_accounts_cash",
        "bank_accounts",
        ["cash"],
        unique=True,
        postgresql_where=sa.text("cash"),
    )
    op.create_table(
        "bike_models",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("generation", sa.Text(), nullable=False),
        sa.Column("year_from", sa.SmallInteger(), nullable=False),
        sa.Column("year_to", sa.SmallInteger(), nullable=True),
        sa.Column("codes", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("aliases", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("engine_cc", sa.SmallInteger(), nullable=True),
        sa.CheckConstraint(
            "year_to IS NULL OR year_to >= year_from", name=op.f("ck_bike_models_years_in_order")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bike_models")),
        sa.UniqueConstraint("model", "generation", name=op.f("uq_bike_models_model_generation")),
    )
    op.create_table(
        "carrier_contents",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sid", sa.Text(), nullable=False),
        sa.Column("approval", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_carrier_contents")),
        sa.UniqueConstraint("account", "name", name=op.f("uq_carrier_contents_account_name")),
    )
    op.create_table(
        "catalogue_versions",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_catalogue_versions_only_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalogue_versions")),
    )
    op.create_table(
        "categories",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("name_id", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_categories")),
        sa.UniqueConstraint("slug", name=op.f("uq_categories_slug")),
    )
    op.create_table(
        "cod_rules",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("max_total_idr", sa.BigInteger(), nullable=False),
        sa.Column("min_completed", sa.SmallInteger(), nullable=False),
        sa.Column("most_open", sa.SmallInteger(), nullable=False),
        sa.Column("driver", sa.Boolean(), nullable=False),
        sa.Column("pickup", sa.Boolean(), nullable=False),
        sa.Column("courier", sa.Boolean(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_cod_rules_only_one")),
        sa.CheckConstraint("max_total_idr > 0", name=op.f("ck_cod_rules_max_total_positive")),
        sa.CheckConstraint(
            "min_completed >= 0 and most_open >= 1", name=op.f("ck_cod_rules_counts_in_range")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cod_rules")),
    )
    op.create_table(
        "customers",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("price_class", sa.Text(), nullable=False),
        sa.Column("honorific", sa.Text(), nullable=True),
        sa.Column("honorific_own", sa.Boolean(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("promo_consent", sa.Boolean(), nullable=False),
        sa.Column("merged_into_id", sa.BigInteger(), nullable=True),
        sa.Column("merged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "honorific IN ('Kak', 'Bang', 'Pak', 'Bu', 'Gan', 'Bos', 'Om', 'Mas', 'Mbak')",
            name=op.f("ck_customers_honorific"),
        ),
        sa.CheckConstraint("kind IN ('individual', 'workshop')", name=op.f("ck_customers_kind")),
        sa.CheckConstraint("language IN ('id', 'en')", name=op.f("ck_customers_language")),
        sa.CheckConstraint("phone ~ '^\\+[1-9][0-9]{6,14}$'", name=op.f("ck_customers_phone_e164")),
        sa.CheckConstraint(
            "price_class IN ('walk_in', 'workshop', 'reseller')",
            name=op.f("ck_customers_price_class"),
        ),
        sa.CheckConstraint("zone IN ('WIB', 'WITA', 'WIT')", name=op.f("ck_customers_zone")),
        sa.ForeignKeyConstraint(
            ["merged_into_id"], ["customers.id"], name=op.f("fk_customers_merged_into_id_customers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customers")),
        sa.UniqueConstraint("public_id", name=op.f("uq_customers_public_id")),
    )
    op.create_index(
        op.f("ix_customers_merged_into_id"), "customers", ["merged_into_id"], unique=False
    )
    op.create_index(op.f("ix_customers_phone"), "customers", ["phone"], unique=False)
    op.create_index("ix_customers_updated_at", "customers", ["updated_at", "id"], unique=False)
    op.create_table(
        "districts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("regency", sa.String(length=120), nullable=False),
        sa.Column("province", sa.String(length=120), nullable=False),
        sa.Column("also", sa.ARRAY(sa.String(length=60)), server_default="{}", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_districts")),
        sa.UniqueConstraint(
            "province", "regency", "name", name=op.f("uq_districts_province_regency_name")
        ),
    )
    op.create_table(
        "gateway_notices",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("gateway", sa.String(length=20), nullable=False),
        sa.Column("reference", sa.String(length=80), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("outcome", sa.String(length=30), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("handled_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gateway_notices")),
        sa.UniqueConstraint("digest", name=op.f("uq_gateway_notices_digest")),
    )
    op.create_index(
        "ix_gateway_notices_waiting",
        "gateway_notices",
        ["id"],
        unique=False,
        postgresql_where=sa.text("outcome is null"),
    )
    op.create_table(
        "goods_receipts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("supplier", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("actor_kind", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_goods_receipts")),
        sa.UniqueConstraint(
            "supplier", "document", name=op.f("uq_goods_receipts_supplier_document")
        ),
    )
    op.create_index(
        op.f("ix_goods_receipts_received_at"), "goods_receipts", ["received_at"], unique=False
    )
    op.create_table(
        "holidays",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_holidays")),
    )
    op.create_table(
        "leftovers",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=True),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('file', 'dialogue', 'message')", name=op.f("ck_leftovers_kind")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_leftovers")),
    )
    op.create_index("ix_leftovers_due_at", "leftovers", ["due_at", "id"], unique=False)
    op.create_table(
        "office_hours",
        sa.Column("weekday", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("opens", sa.Time(), nullable=False),
        sa.Column("closes", sa.Time(), nullable=False),
        sa.CheckConstraint("opens < closes", name=op.f("ck_office_hours_opens_before_closing")),
        sa.CheckConstraint("weekday BETWEEN 0 AND 6", name=op.f("ck_office_hours_weekday")),
        sa.PrimaryKeyConstraint("weekday", "opens", name=op.f("pk_office_hours")),
    )
    op.create_table(
        "pages",
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("language IN ('id', 'en')", name=op.f("ck_pages_language")),
        sa.PrimaryKeyConstraint("slug", "language", name=op.f("pk_pages")),
    )
    op.create_table(
        "shop_facts",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_shop_facts")),
    )
    op.create_table(
        "staff",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("session_epoch", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "email = lower(email) AND email <> ''", name=op.f("ck_staff_email_lower")
        ),
        sa.CheckConstraint("role IN ('agent', 'manager', 'admin')", name=op.f("ck_staff_role")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("email", name=op.f("uq_staff_email")),
    )
    op.create_table(
        "status_callbacks",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("provider_id", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("error_code", sa.Text(), nullable=True),
        sa.Column("raw", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_status_callbacks")),
        sa.UniqueConstraint(
            "provider",
            "provider_id",
            "status",
            name=op.f("uq_status_callbacks_provider_provider_id_status"),
        ),
    )
    op.create_table(
        "timeline",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("actor_kind", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=True),
        sa.Column("cause", sa.Text(), nullable=True),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint(
            "actor_kind IN ('customer', 'bot', 'staff', 'system')",
            name=op.f("ck_timeline_actor_kind"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timeline")),
    )
    op.create_index("ix_timeline_customer_id", "timeline", ["customer_id", "id"], unique=False)
    op.create_index(
        "ix_timeline_subject_subject_id", "timeline", ["subject", "subject_id", "id"], unique=False
    )
    op.create_table(
        "timeline_seals",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_timeline_seals")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_timeline_seals_entry_id")),
    )
    op.create_table(
        "trainings",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("actor_kind", sa.Text(), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("labels", sa.BigInteger(), nullable=False),
        sa.Column(
            "before", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
        sa.Column(
            "after", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
        sa.Column("worse", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('requested', 'running', 'taken', 'refused', 'failed')",
            name=op.f("ck_trainings_state"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trainings")),
    )
    op.create_index(
        "ix_trainings_unfinished",
        "trainings",
        ["id"],
        unique=False,
        postgresql_where=sa.text("state IN ('requested', 'running')"),
    )
    op.create_table(
        "webhook_endpoints",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("types", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("former_secret", sa.Text(), nullable=True),
        sa.Column("former_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "active",
                "paused",
                "removed",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=10,
            ),
            nullable=False,
        ),
        sa.Column("why_paused", sa.Text(), nullable=True),
        sa.Column("failures", sa.BigInteger(), nullable=False),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("quiet_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_endpoints")),
        sa.UniqueConstraint("public_id", name=op.f("uq_webhook_endpoints_public_id")),
    )
    op.create_table(
        "webhook_events",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_events")),
        sa.UniqueConstraint("public_id", name=op.f("uq_webhook_events_public_id")),
    )
    op.create_table(
        "bank_files",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("shape", sa.String(length=60), nullable=False),
        sa.Column("imported_by", sa.BigInteger(), nullable=True),
        sa.Column("added", sa.BigInteger(), nullable=False),
        sa.Column("known", sa.BigInteger(), nullable=False),
        sa.Column("rejected", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["imported_by"], ["staff.id"], name=op.f("fk_bank_files_imported_by_staff")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_files")),
    )
    op.create_index(op.f("ix_bank_files_sha256"), "bank_files", ["sha256"], unique=False)
    op.create_table(
        "carts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("shipping_method", sa.String(length=20), nullable=True),
        sa.Column("voucher_code", sa.String(length=20), nullable=True),
        sa.Column("pay_on_delivery", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("use_points", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("note", sa.String(length=500), nullable=True),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customers.id"],
            name=op.f("fk_carts_customer_id_customers"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_carts")),
        sa.UniqueConstraint("customer_id", name=op.f("uq_carts_customer_id")),
    )
    op.create_table(
        "channel_addresses",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "channel IN ('whatsapp', 'sms', 'web')", name=op.f("ck_channel_addresses_channel")
        ),
        sa.CheckConstraint(
            "starts_with(address, channel || ':')",
            name=op.f("ck_channel_addresses_address_names_channel"),
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customers.id"],
            name=op.f("fk_channel_addresses_customer_id_customers"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channel_addresses")),
        sa.UniqueConstraint("address", name=op.f("uq_channel_addresses_address")),
    )
    op.create_index(
        op.f("ix_channel_addresses_customer_id"), "channel_addresses", ["customer_id"], unique=False
    )
    op.create_table(
        "customer_bikes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("generation", sa.Text(), nullable=True),
        sa.Column("year", sa.SmallInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("year BETWEEN 1950 AND 2100", name=op.f("ck_customer_bikes_year")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_customer_bikes_customer_id_customers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_bikes")),
    )
    op.create_index(
        op.f("ix_customer_bikes_customer_id"), "customer_bikes", ["customer_id"], unique=False
    )
    op.create_table(
        "delivery_addresses",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("recipient_name", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=True),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customers.id"],
            name=op.f("fk_delivery_addresses_customer_id_customers"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"],
            ["districts.id"],
            name=op.f("fk_delivery_addresses_district_id_districts"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_addresses")),
    )
    op.create_index(
        op.f("ix_delivery_addresses_customer_id"),
        "delivery_addresses",
        ["customer_id"],
        unique=False,
    )
    op.create_index(
        "uq_delivery_addresses_default",
        "delivery_addresses",
        ["customer_id"],
        unique=True,
        postgresql_where=sa.text("is_default"),
    )
    op.create_table(
        "margin_rules",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("category_id", sa.BigInteger(), nullable=True),
        sa.Column("price_class", sa.Text(), nullable=True),
        sa.Column("max_percent", sa.BigInteger(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("set_by", sa.BigInteger(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "price_class IN ('walk_in', 'workshop', 'reseller')",
            name=op.f("ck_margin_rules_price_class"),
        ),
        sa.CheckConstraint(
            "max_percent BETWEEN 0 AND 50", name=op.f("ck_margin_rules_percent_range")
        ),
        sa.ForeignKeyConstraint(
            ["category_id"], ["categories.id"], name=op.f("fk_margin_rules_category_id_categories")
        ),
        sa.ForeignKeyConstraint(
            ["set_by"], ["staff.id"], name=op.f("fk_margin_rules_set_by_staff")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_margin_rules")),
        sa.UniqueConstraint(
            "category_id",
            "price_class",
            name=op.f("uq_margin_rules_category_id_price_class"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_table(
        "parts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("part_code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("category_id", sa.BigInteger(), nullable=True),
        sa.Column("price_idr", sa.BigInteger(), nullable=True),
        sa.Column("weight_g", sa.BigInteger(), nullable=False),
        sa.Column("length_mm", sa.BigInteger(), nullable=True),
        sa.Column("width_mm", sa.BigInteger(), nullable=True),
        sa.Column("height_mm", sa.BigInteger(), nullable=True),
        sa.Column("warranty_days", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("original", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("part_code ~ '^[A-Z0-9]{3,32}$'", name=op.f("ck_parts_code_plain")),
        sa.CheckConstraint(
            "length_mm > 0 and width_mm > 0 and height_mm > 0",
            name=op.f("ck_parts_measures_positive"),
        ),
        sa.CheckConstraint(
            "price_idr IS NULL OR price_idr > 0", name=op.f("ck_parts_price_positive")
        ),
        sa.CheckConstraint("warranty_days >= 0", name=op.f("ck_parts_warranty_not_negative")),
        sa.CheckConstraint("weight_g >= 0", name=op.f("ck_parts_weight_not_negative")),
        sa.ForeignKeyConstraint(
            ["category_id"], ["categories.id"], name=op.f("fk_parts_category_id_categories")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parts")),
        sa.UniqueConstraint("part_code", name=op.f("uq_parts_part_code")),
    )
    op.create_index("ix_parts_category_id_name", "parts", ["category_id", "name"], unique=False)
    op.create_index(op.f("ix_parts_revision"), "parts", ["revision"], unique=False)
    op.create_index(op.f("ix_parts_updated_at"), "parts", ["updated_at"], unique=False)
    op.create_table(
        "points_accounts",
        sa.Column("customer_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("balance", sa.BigInteger(), nullable=False),
        sa.Column("owed", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "balance = 0 or owed = 0", name=op.f("ck_points_accounts_owed_is_paid_first")
        ),
        sa.CheckConstraint(
            "balance >= 0 and owed >= 0", name=op.f("ck_points_accounts_points_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_points_accounts_customer_id_customers")
        ),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_points_accounts")),
    )
    op.create_table(
        "shipment_batches",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("method", sa.String(length=20), nullable=False),
        sa.Column("courier", sa.String(length=60), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("handed_over_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("handed_over_by", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "method IN ('driver', 'courier')", name=op.f("ck_shipment_batches_method")
        ),
        sa.CheckConstraint(
            "state IN ('open', 'closed', 'handed_over')", name=op.f("ck_shipment_batches_state")
        ),
        sa.ForeignKeyConstraint(
            ["handed_over_by"], ["staff.id"], name=op.f("fk_shipment_batches_handed_over_by_staff")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shipment_batches")),
    )
    op.create_index("ix_shipment_batches_day", "shipment_batches", ["day", "id"], unique=False)
    op.create_index(
        "uq_shipment_batches_open",
        "shipment_batches",
        ["day", "method", "courier"],
        unique=True,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "shipping_rates",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("method", sa.String(length=20), nullable=False),
        sa.Column("first_kg_idr", sa.BigInteger(), nullable=False),
        sa.Column("next_kg_idr", sa.BigInteger(), nullable=False),
        sa.Column("days_min", sa.SmallInteger(), nullable=False),
        sa.Column("days_max", sa.SmallInteger(), nullable=False),
        sa.Column("courier", sa.String(length=60), nullable=True),
        sa.CheckConstraint(
            "method in ('driver', 'courier')", name=op.f("ck_shipping_rates_method_known")
        ),
        sa.CheckConstraint(
            "0 <= days_min and days_min <= days_max", name=op.f("ck_shipping_rates_days_ordered")
        ),
        sa.CheckConstraint(
            "first_kg_idr >= 0 and next_kg_idr >= 0",
            name=op.f("ck_shipping_rates_cost_not_negative"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"],
            ["districts.id"],
            name=op.f("fk_shipping_rates_district_id_districts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shipping_rates")),
        sa.UniqueConstraint(
            "district_id", "method", name=op.f("uq_shipping_rates_district_id_method")
        ),
    )
    op.create_table(
        "webhook_deliveries",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("endpoint_id", sa.BigInteger(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "pending",
                "delivered",
                "dead",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=10,
            ),
            nullable=False,
        ),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.BigInteger(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["endpoint_id"],
            ["webhook_endpoints.id"],
            name=op.f("fk_webhook_deliveries_endpoint_id_webhook_endpoints"),
        ),
        sa.ForeignKeyConstraint(
            ["event_id"],
            ["webhook_events.id"],
            name=op.f("fk_webhook_deliveries_event_id_webhook_events"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_deliveries")),
        sa.UniqueConstraint(
            "event_id", "endpoint_id", name=op.f("uq_webhook_deliveries_event_id_endpoint_id")
        ),
    )
    op.create_index(
        "ix_webhook_deliveries_endpoint_id_id",
        "webhook_deliveries",
        ["endpoint_id", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_webhook_deliveries_event_id"), "webhook_deliveries", ["event_id"], unique=False
    )
    op.create_index(
        "ix_webhook_deliveries_pending",
        "webhook_deliveries",
        ["endpoint_id", "subject", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_table(
        "bargains",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("part_id", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("price_idr", sa.BigInteger(), nullable=False),
        sa.Column("asked_idr", sa.BigInteger(), nullable=False),
        sa.Column("offered_idr", sa.BigInteger(), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("staff_id", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("order_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(state = 'used') = (order_id IS NOT NULL)", name=op.f("ck_bargains_used_in_an_order")
        ),
        sa.CheckConstraint("decided_by IN ('rule', 'staff')", name=op.f("ck_bargains_decided_by")),
        sa.CheckConstraint(
            "state IN ('asked', 'offered', 'accepted', 'refused', 'used', 'expired')",
            name=op.f("ck_bargains_state"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('offered', 'accepted', 'used') OR (offered_idr IS NOT NULL AND expires_at IS NOT NULL AND decided_by IS NOT NULL)",
            name=op.f("ck_bargains_offer_complete"),
        ),
        sa.CheckConstraint(
            "asked_idr > 0 AND price_idr > 0", name=op.f("ck_bargains_money_positive")
        ),
        sa.CheckConstraint(
            "offered_idr > 0 AND offered_idr <= price_idr", name=op.f("ck_bargains_offer_not_above")
        ),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_bargains_quantity_positive")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_bargains_customer_id_customers")
        ),
        sa.ForeignKeyConstraint(["part_id"], ["parts.id"], name=op.f("fk_bargains_part_id_parts")),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_bargains_staff_id_staff")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bargains")),
    )
    op.create_index("ix_bargains_customer_id", "bargains", ["customer_id", "part_id"], unique=False)
    op.create_index("ix_bargains_state", "bargains", ["state", "id"], unique=False)
    op.create_table(
        "conversations",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("address_id", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("handler", sa.Text(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("epoch_turn_id", sa.BigInteger(), nullable=True),
        sa.Column("agent_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "choices", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
        sa.Column("bot_failures", sa.BigInteger(), nullable=False),
        sa.Column("unread", sa.BigInteger(), nullable=False),
        sa.Column("waiting_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("minute_began_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("minute_count", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("last_inbound_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_message_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(handler = 'agent') = (agent_id IS NOT NULL)",
            name=op.f("ck_conversations_agent_is_known"),
        ),
        sa.CheckConstraint(
            "channel IN ('whatsapp', 'sms', 'web')", name=op.f("ck_conversations_channel")
        ),
        sa.CheckConstraint(
            "handler IN ('bot', 'queue', 'agent')", name=op.f("ck_conversations_handler")
        ),
        sa.ForeignKeyConstraint(
            ["address_id"],
            ["channel_addresses.id"],
            name=op.f("fk_conversations_address_id_channel_addresses"),
        ),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["staff.id"], name=op.f("fk_conversations_agent_id_staff")
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_conversations_customer_id_customers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversations")),
        sa.UniqueConstraint("address_id", name=op.f("uq_conversations_address_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_conversations_public_id")),
    )
    op.create_index(op.f("ix_conversations_agent_id"), "conversations", ["agent_id"], unique=False)
    op.create_index(
        op.f("ix_conversations_customer_id"), "conversations", ["customer_id"], unique=False
    )
    op.create_index(
        "ix_conversations_handler",
        "conversations",
        ["handler", "last_message_at", "id"],
        unique=False,
    )
    op.create_index(
        "ix_conversations_last_message_at", "conversations", ["last_message_at", "id"], unique=False
    )
    op.create_index(
        "ix_conversations_updated_at", "conversations", ["updated_at", "id"], unique=False
    )
    op.create_table(
        "fitments",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("part_id", sa.BigInteger(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("generation", sa.Text(), nullable=True),
        sa.Column("year_from", sa.SmallInteger(), nullable=True),
        sa.Column("year_to", sa.SmallInteger(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "year_to IS NULL OR year_to >= year_from", name=op.f("ck_fitments_years_in_order")
        ),
        sa.ForeignKeyConstraint(
            ["part_id"], ["parts.id"], name=op.f("fk_fitments_part_id_parts"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fitments")),
        sa.UniqueConstraint(
            "part_id",
            "model",
            "generation",
            "year_from",
            "year_to",
            name=op.f("uq_fitments_part_id_model_generation_year_from_year_to"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index(
        "ix_fitments_model_generation", "fitments", ["model", "generation"], unique=False
    )
    op.create_table(
        "goods_lines",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("receipt_id", sa.BigInteger(), nullable=False),
        sa.Column("part_id", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_goods_lines_quantity_positive")),
        sa.ForeignKeyConstraint(
            ["part_id"], ["parts.id"], name=op.f("fk_goods_lines_part_id_parts")
        ),
        sa.ForeignKeyConstraint(
            ["receipt_id"],
            ["goods_receipts.id"],
            name=op.f("fk_goods_lines_receipt_id_goods_receipts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_goods_lines")),
        sa.UniqueConstraint(
            "receipt_id", "part_id", name=op.f("uq_goods_lines_receipt_id_part_id")
        ),
    )
    op.create_index(op.f("ix_goods_lines_part_id"), "goods_lines", ["part_id"], unique=False)
    op.create_table(
        "move_codes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("address_id", sa.BigInteger(), nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["address_id"],
            ["channel_addresses.id"],
            name=op.f("fk_move_codes_address_id_channel_addresses"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_move_codes")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_move_codes_code_hash")),
    )
    op.create_index(
        "ix_move_codes_address_id", "move_codes", ["address_id", "made_at"], unique=False
    )
    op.create_table(
        "price_tiers",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("part_id", sa.BigInteger(), nullable=False),
        sa.Column("price_class", sa.Text(), nullable=False),
        sa.Column("min_quantity", sa.BigInteger(), nullable=False),
        sa.Column("price_idr", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "price_class <> 'walk_in' OR min_quantity > 1",
            name=op.f("ck_price_tiers_not_the_list_price"),
        ),
        sa.CheckConstraint(
            "price_class IN ('walk_in', 'workshop', 'reseller')",
            name=op.f("ck_price_tiers_price_class"),
        ),
        sa.CheckConstraint("min_quantity >= 1", name=op.f("ck_price_tiers_quantity_positive")),
        sa.CheckConstraint("price_idr > 0", name=op.f("ck_price_tiers_price_positive")),
        sa.ForeignKeyConstraint(
            ["part_id"], ["parts.id"], name=op.f("fk_price_tiers_part_id_parts"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_tiers")),
        sa.UniqueConstraint(
            "part_id",
            "price_class",
            "min_quantity",
            name=op.f("uq_price_tiers_part_id_price_class_min_quantity"),
        ),
    )
    op.create_table(
        "promotions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("name_id", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("max_discount_idr", sa.BigInteger(), nullable=True),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("category_id", sa.BigInteger(), nullable=True),
        sa.Column("part_id", sa.BigInteger(), nullable=True),
        sa.Column("min_items_idr", sa.BigInteger(), nullable=False),
        sa.Column("price_class", sa.Text(), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("limit_total", sa.BigInteger(), nullable=True),
        sa.Column("limit_per_customer", sa.BigInteger(), nullable=True),
        sa.Column("used", sa.BigInteger(), nullable=False),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(scope = 'category') = (category_id IS NOT NULL)",
            name=op.f("ck_promotions_category_named"),
        ),
        sa.CheckConstraint(
            "(scope = 'part') = (part_id IS NOT NULL)", name=op.f("ck_promotions_part_named")
        ),
        sa.CheckConstraint("code ~ '^[A-Z0-9]{3,20}$'", name=op.f("ck_promotions_code_plain")),
        sa.CheckConstraint("kind IN ('percent', 'amount')", name=op.f("ck_promotions_kind")),
        sa.CheckConstraint(
            "price_class IN ('walk_in', 'workshop', 'reseller')",
            name=op.f("ck_promotions_price_class"),
        ),
        sa.CheckConstraint(
            "scope IN ('all', 'category', 'part')", name=op.f("ck_promotions_scope")
        ),
        sa.CheckConstraint(
            "value > 0 AND (kind <> 'percent' OR value <= 100)",
            name=op.f("ck_promotions_value_range"),
        ),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_promotions_ends_after_start")),
        sa.CheckConstraint(
            "limit_per_customer > 0", name=op.f("ck_promotions_limit_per_customer_positive")
        ),
        sa.CheckConstraint(
            "max_discount_idr > 0 AND min_items_idr >= 0", name=op.f("ck_promotions_money_range")
        ),
        sa.CheckConstraint(
            "used >= 0 AND used <= limit_total", name=op.f("ck_promotions_within_limit")
        ),
        sa.ForeignKeyConstraint(
            ["category_id"], ["categories.id"], name=op.f("fk_promotions_category_id_categories")
        ),
        sa.ForeignKeyConstraint(
            ["part_id"], ["parts.id"], name=op.f("fk_promotions_part_id_parts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promotions")),
        sa.UniqueConstraint("code", name=op.f("uq_promotions_code")),
    )
    op.create_index("ix_promotions_updated_at", "promotions", ["updated_at", "id"], unique=False)
    op.create_table(
        "reservations",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("part_id", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('held', 'released', 'shipped')", name=op.f("ck_reservations_state_known")
        ),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_reservations_quantity_positive")),
        sa.ForeignKeyConstraint(
            ["part_id"], ["parts.id"], name=op.f("fk_reservations_part_id_parts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reservations")),
        sa.UniqueConstraint("order_id", "part_id", name=op.f("uq_reservations_order_id_part_id")),
    )
    op.create_index(op.f("ix_reservations_part_id"), "reservations", ["part_id"], unique=False)
    op.create_table(
        "stock_levels",
        sa.Column("part_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("on_hand", sa.BigInteger(), nullable=False),
        sa.Column("reserved", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("reserved <= on_hand", name=op.f("ck_stock_levels_reserved_on_hand")),
        sa.CheckConstraint("reserved >= 0", name=op.f("ck_stock_levels_reserved_not_negative")),
        sa.ForeignKeyConstraint(
            ["part_id"],
            ["parts.id"],
            name=op.f("fk_stock_levels_part_id_parts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("part_id", name=op.f("pk_stock_levels")),
    )
    op.create_table(
        "stock_movements",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("part_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=True),
        sa.Column("actor_kind", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('received', 'corrected', 'reserved', 'released', 'shipped', 'returned')",
            name=op.f("ck_stock_movements_kind_known"),
        ),
        sa.ForeignKeyConstraint(
            ["part_id"],
            ["parts.id"],
            name=op.f("fk_stock_movements_part_id_parts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_movements")),
    )
    op.create_index(
        op.f("ix_stock_movements_order_id"), "stock_movements", ["order_id"], unique=False
    )
    op.create_index(
        "ix_stock_movements_part_id_at", "stock_movements", ["part_id", "at"], unique=False
    )
    op.create_table(
        "substitutes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("part_id", sa.BigInteger(), nullable=False),
        sa.Column("substitute_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('successor', 'alternative')", name=op.f("ck_substitutes_kind_known")
        ),
        sa.CheckConstraint("part_id <> substitute_id", name=op.f("ck_substitutes_not_itself")),
        sa.ForeignKeyConstraint(
            ["part_id"], ["parts.id"], name=op.f("fk_substitutes_part_id_parts"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["substitute_id"],
            ["parts.id"],
            name=op.f("fk_substitutes_substitute_id_parts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_substitutes")),
        sa.UniqueConstraint(
            "part_id", "substitute_id", name=op.f("uq_substitutes_part_id_substitute_id")
        ),
    )
    op.create_index(
        op.f("ix_substitutes_substitute_id"), "substitutes", ["substitute_id"], unique=False
    )
    op.create_table(
        "cart_lines",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("cart_id", sa.BigInteger(), nullable=False),
        sa.Column("part_id", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("bargain_id", sa.BigInteger(), nullable=True),
        sa.Column("note", sa.String(length=200), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_cart_lines_quantity_positive")),
        sa.ForeignKeyConstraint(
            ["bargain_id"], ["bargains.id"], name=op.f("fk_cart_lines_bargain_id_bargains")
        ),
        sa.ForeignKeyConstraint(
            ["cart_id"], ["carts.id"], name=op.f("fk_cart_lines_cart_id_carts"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["part_id"], ["parts.id"], name=op.f("fk_cart_lines_part_id_parts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cart_lines")),
        sa.UniqueConstraint("cart_id", "part_id", name=op.f("uq_cart_lines_cart_id_part_id")),
    )
    op.create_index(op.f("ix_cart_lines_part_id"), "cart_lines", ["part_id"], unique=False)
    op.create_table(
        "comments",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("part_id", sa.BigInteger(), nullable=True),
        sa.Column("conversation_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "suggestion",
                "praise",
                "question",
                "review",
                name="kind",
                native_enum=False,
                create_constraint=True,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "new",
                "answered",
                "published",
                "hidden",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=10,
            ),
            nullable=False,
        ),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("may_publish", sa.Boolean(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(kind = 'review') = (part_id is not null)", name=op.f("ck_comments_review_has_part")
        ),
        sa.CheckConstraint(
            "state <> 'answered' or answer is not null",
            name=op.f("ck_comments_answered_has_answer"),
        ),
        sa.CheckConstraint(
            "state <> 'published' or may_publish", name=op.f("ck_comments_published_with_consent")
        ),
        sa.CheckConstraint(
            "(answer is null) = (answered_at is null)", name=op.f("ck_comments_answer_has_time")
        ),
        sa.ForeignKeyConstraint(
            ["answered_by"], ["staff.id"], name=op.f("fk_comments_answered_by_staff")
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_comments_conversation_id_conversations"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_comments_customer_id_customers")
        ),
        sa.ForeignKeyConstraint(["part_id"], ["parts.id"], name=op.f("fk_comments_part_id_parts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comments")),
    )
    op.create_index(op.f("ix_comments_customer_id"), "comments", ["customer_id"], unique=False)
    op.create_index("ix_comments_part_id", "comments", ["part_id", "state"], unique=False)
    op.create_index("ix_comments_state", "comments", ["state", "id"], unique=False)
    op.create_table(
        "orders",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("order_code", sa.String(length=12), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("conversation_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "awaiting_payment",
                "paid",
                "packed",
                "shipped",
                "delivered",
                "completed",
                "cancelled",
                "expired",
                "returned",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("recipient_name", sa.String(length=120), nullable=False),
        sa.Column("recipient_phone", sa.String(length=20), nullable=True),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=True),
        sa.Column("district_label", sa.String(length=250), nullable=False),
        sa.Column("shipping_method", sa.String(length=20), nullable=False),
        sa.Column("days_min", sa.SmallInteger(), nullable=False),
        sa.Column("days_max", sa.SmallInteger(), nullable=False),
        sa.Column("pay_on_delivery", sa.Boolean(), nullable=False),
        sa.Column("items_idr", sa.BigInteger(), nullable=False),
        sa.Column("shipping_idr", sa.BigInteger(), nullable=False),
        sa.Column("discount_idr", sa.BigInteger(), nullable=False),
        sa.Column("total_idr", sa.BigInteger(), nullable=False),
        sa.Column("weight_g", sa.BigInteger(), nullable=False),
        sa.Column("charged_g", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=True),
        sa.Column("courier", sa.String(length=60), nullable=True),
        sa.Column("tracking_number", sa.String(length=60), nullable=True),
        sa.Column("idempotency_key", sa.String(length=200), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("packed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("shipped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "shipping_method = 'pickup' or district_id is not null",
            name=op.f("ck_orders_district_if_sent"),
        ),
        sa.CheckConstraint(
            "state <> 'completed' or paid_at is not null",
            name=op.f("ck_orders_completed_only_when_paid"),
        ),
        sa.CheckConstraint(
            "state not in ('packed', 'shipped', 'delivered', 'completed') or paid_at is not null or pay_on_delivery",
            name=op.f("ck_orders_sent_only_for_money"),
        ),
        sa.CheckConstraint(
            "items_idr >= 0 and shipping_idr >= 0 and discount_idr >= 0 and total_idr >= 0",
            name=op.f("ck_orders_money_not_negative"),
        ),
        sa.CheckConstraint(
            "total_idr = items_idr + shipping_idr - discount_idr",
            name=op.f("ck_orders_total_is_the_sum"),
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_orders_conversation_id_conversations"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_orders_customer_id_customers")
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["districts.id"], name=op.f("fk_orders_district_id_districts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_orders_idempotency_key")),
        sa.UniqueConstraint("order_code", name=op.f("uq_orders_order_code")),
    )
    op.create_index("ix_orders_customer_id", "orders", ["customer_id", "id"], unique=False)
    op.create_index(
        "ix_orders_due",
        "orders",
        ["expires_at"],
        unique=False,
        postgresql_where=sa.text("state = 'awaiting_payment'"),
    )
    op.create_index(op.f("ix_orders_tracking_number"), "orders", ["tracking_number"], unique=False)
    op.create_index("ix_orders_updated_at", "orders", ["updated_at", "id"], unique=False)
    op.create_table(
        "promotion_uses",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("promotion_id", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("amount_idr", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('held', 'released')", name=op.f("ck_promotion_uses_state")),
        sa.CheckConstraint("amount_idr > 0", name=op.f("ck_promotion_uses_amount_positive")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_promotion_uses_customer_id_customers")
        ),
        sa.ForeignKeyConstraint(
            ["promotion_id"],
            ["promotions.id"],
            name=op.f("fk_promotion_uses_promotion_id_promotions"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promotion_uses")),
        sa.UniqueConstraint(
            "promotion_id", "order_id", name=op.f("uq_promotion_uses_promotion_id_order_id")
        ),
    )
    op.create_index(
        "ix_promotion_uses_customer_id",
        "promotion_uses",
        ["customer_id", "promotion_id"],
        unique=False,
    )
    op.create_index("ix_promotion_uses_order_id", "promotion_uses", ["order_id"], unique=False)
    op.create_table(
        "shopping_lists",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("conversation_id", sa.BigInteger(), nullable=False),
        sa.Column("lines", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_shopping_lists_conversation_id_conversations"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customers.id"],
            name=op.f("fk_shopping_lists_customer_id_customers"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shopping_lists")),
        sa.UniqueConstraint("conversation_id", name=op.f("uq_shopping_lists_conversation_id")),
    )
    op.create_index(
        op.f("ix_shopping_lists_customer_id"), "shopping_lists", ["customer_id"], unique=False
    )
    op.create_table(
        "turns",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("conversation_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=True),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("request_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("intent", sa.Text(), nullable=True),
        sa.Column("confidence", sa.BigInteger(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(kind = 'internal') = (payload IS NOT NULL)", name=op.f("ck_turns_payload")
        ),
        sa.CheckConstraint("kind IN ('message', 'internal')", name=op.f("ck_turns_kind")),
        sa.CheckConstraint(
            "outcome IN ('understood', 'asked_again', 'handed_over')", name=op.f("ck_turns_outcome")
        ),
        sa.CheckConstraint(
            "state IN ('pending', 'running', 'answered', 'dropped', 'failed')",
            name=op.f("ck_turns_state"),
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_turns_conversation_id_conversations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_turns")),
    )
    op.create_index(
        "ix_turns_read",
        "turns",
        ["created_at"],
        unique=False,
        postgresql_where=sa.text("outcome IS NOT NULL"),
    )
    op.create_index(
        "ix_turns_unfinished",
        "turns",
        ["conversation_id", "id"],
        unique=False,
        postgresql_where=sa.text("state IN ('pending', 'running')"),
    )
    op.create_table(
        "wishes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=True),
        sa.Column("conversation_id", sa.BigInteger(), nullable=True),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("understood", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("part_id", sa.BigInteger(), nullable=True),
        sa.Column("quantity", sa.BigInteger(), nullable=True),
        sa.Column("notify", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "reason IN ('not_found', 'out_of_stock', 'on_request')",
            name=op.f("ck_wishes_reason_known"),
        ),
        sa.CheckConstraint(
            "quantity IS NULL OR quantity > 0", name=op.f("ck_wishes_quantity_positive")
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_wishes_conversation_id_conversations"),
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_wishes_customer_id_customers")
        ),
        sa.ForeignKeyConstraint(["part_id"], ["parts.id"], name=op.f("fk_wishes_part_id_parts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wishes")),
    )
    op.create_index(op.f("ix_wishes_created_at"), "wishes", ["created_at"], unique=False)
    op.create_index(op.f("ix_wishes_customer_id"), "wishes", ["customer_id"], unique=False)
    op.create_index(op.f("ix_wishes_part_id"), "wishes", ["part_id"], unique=False)
    op.create_table(
        "complaints",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("complaint_code", sa.String(length=12), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=True),
        sa.Column("conversation_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "category",
            sa.Enum(
                "fraud",
                "wrong_item",
                "damaged",
                "missing_item",
                "not_arrived",
                "payment",
                "service",
                "other",
                name="category",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column(
            "urgency",
            sa.Enum(
                "low",
                "normal",
                "high",
                name="urgency",
                native_enum=False,
                create_constraint=True,
                length=10,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "in_progress",
                "waiting_customer",
                "resolved",
                "closed",
                "reopened",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_response_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_complaints_conversation_id_conversations"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_complaints_customer_id_customers")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_complaints_order_id_orders")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_complaints")),
        sa.UniqueConstraint("complaint_code", name=op.f("uq_complaints_complaint_code")),
    )
    op.create_index(op.f("ix_complaints_customer_id"), "complaints", ["customer_id"], unique=False)
    op.create_index(op.f("ix_complaints_order_id"), "complaints", ["order_id"], unique=False)
    op.create_index("ix_complaints_state", "complaints", ["state", "id"], unique=False)
    op.create_index("ix_complaints_updated_at", "complaints", ["updated_at", "id"], unique=False)
    op.create_table(
        "effects",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("turn_id", sa.BigInteger(), nullable=True),
        sa.Column("result", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["turn_id"], ["turns.id"], name=op.f("fk_effects_turn_id_turns"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_effects")),
    )
    op.create_index(op.f("ix_effects_turn_id"), "effects", ["turn_id"], unique=False)
    op.create_table(
        "handoffs",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("conversation_id", sa.BigInteger(), nullable=False),
        sa.Column("turn_id", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(length=60), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "claimed",
                "returned",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=10,
            ),
            nullable=False,
        ),
        sa.Column("packet", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("promised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("repairs", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("agent_id", sa.BigInteger(), nullable=True),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_reply_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("returned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["staff.id"], name=op.f("fk_handoffs_agent_id_staff")
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_handoffs_conversation_id_conversations"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["turn_id"], ["turns.id"], name=op.f("fk_handoffs_turn_id_turns"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handoffs")),
    )
    op.create_index("ix_handoffs_state", "handoffs", ["state", "id"], unique=False)
    op.create_index("ix_handoffs_updated_at", "handoffs", ["updated_at", "id"], unique=False)
    op.create_index(
        "uq_handoffs_open",
        "handoffs",
        ["conversation_id"],
        unique=True,
        postgresql_where=sa.text("state <> 'returned'"),
    )
    op.create_table(
        "mails",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=True),
        sa.Column("once", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('queued', 'sending', 'sent', 'failed')", name=op.f("ck_mails_state")
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_mails_customer_id_customers")
        ),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_mails_order_id_orders")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mails")),
        sa.UniqueConstraint("once", name=op.f("uq_mails_once")),
        sa.UniqueConstraint("public_id", name=op.f("uq_mails_public_id")),
    )
    op.create_index(op.f("ix_mails_customer_id"), "mails", ["customer_id"], unique=False)
    op.create_index("ix_mails_order_id", "mails", ["order_id", "id"], unique=False)
    op.create_index(
        "ix_mails_unsent",
        "mails",
        ["id"],
        unique=False,
        postgresql_where=sa.text("state IN ('queued', 'sending')"),
    )
    op.create_table(
        "messages",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("conversation_id", sa.BigInteger(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.Text(), server_default="text", nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("choices", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("provider_id", sa.Text(), nullable=True),
        sa.Column("in_reply_to", sa.BigInteger(), nullable=True),
        sa.Column("sent_again_as", sa.BigInteger(), nullable=True),
        sa.Column("referral", sa.Text(), nullable=True),
        sa.Column("tapped_payload", sa.Text(), nullable=True),
        sa.Column("tapped_label", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("error_code", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("turn_id", sa.BigInteger(), nullable=True),
        sa.Column("awaits_bot", sa.Boolean(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("carried_as", sa.Text(), nullable=True),
        sa.Column("notice", sa.Text(), nullable=True),
        sa.Column(
            "facts", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("raw", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.CheckConstraint(
            "(direction = 'inbound') = (author = 'customer') AND (direction = 'inbound') = (status = 'received')",
            name=op.f("ck_messages_direction_author_status"),
        ),
        sa.CheckConstraint(
            "NOT awaits_bot OR direction = 'inbound'", name=op.f("ck_messages_awaits_bot")
        ),
        sa.CheckConstraint(
            "author IN ('customer', 'bot', 'agent', 'system')", name=op.f("ck_messages_author")
        ),
        sa.CheckConstraint(
            "carried_as IN ('text', 'taps', 'template')", name=op.f("ck_messages_carried_as")
        ),
        sa.CheckConstraint(
            "direction IN ('inbound', 'outbound')", name=op.f("ck_messages_direction")
        ),
        sa.CheckConstraint(
            "kind IN ('text', 'tap', 'photo', 'list', 'document', 'voice', 'video', 'sticker', 'location', 'contact', 'reaction', 'other')",
            name=op.f("ck_messages_kind"),
        ),
        sa.CheckConstraint(
            "provider IN ('twilio', 'loopback', 'web')", name=op.f("ck_messages_provider")
        ),
        sa.CheckConstraint(
            "status IN ('received', 'queued', 'sending', 'sent', 'delivered', 'read', 'failed', 'unknown', 'dropped')",
            name=op.f("ck_messages_status"),
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_messages_conversation_id_conversations"),
        ),
        sa.ForeignKeyConstraint(
            ["in_reply_to"], ["messages.id"], name=op.f("fk_messages_in_reply_to_messages")
        ),
        sa.ForeignKeyConstraint(
            ["sent_again_as"], ["messages.id"], name=op.f("fk_messages_sent_again_as_messages")
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_messages_staff_id_staff")
        ),
        sa.ForeignKeyConstraint(["turn_id"], ["turns.id"], name=op.f("fk_messages_turn_id_turns")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
        sa.UniqueConstraint(
            "provider", "provider_id", name=op.f("uq_messages_provider_provider_id")
        ),
        sa.UniqueConstraint("sent_again_as", name=op.f("uq_messages_sent_again_as")),
    )
    op.create_index(
        "ix_messages_awaiting",
        "messages",
        ["conversation_id", "id"],
        unique=False,
        postgresql_where=sa.text("awaits_bot"),
    )
    op.create_index(
        "ix_messages_conversation_id", "messages", ["conversation_id", "id"], unique=False
    )
    op.create_index(op.f("ix_messages_turn_id"), "messages", ["turn_id"], unique=False)
    op.create_index(
        "ix_messages_undelivered",
        "messages",
        ["conversation_id", "id"],
        unique=False,
        postgresql_where=sa.text("status IN ('queued', 'sending')"),
    )
    op.create_index(
        "ix_messages_unknown",
        "messages",
        ["id"],
        unique=False,
        postgresql_where=sa.text("status = 'unknown'"),
    )
    op.create_index(
        "ix_messages_waiting",
        "messages",
        ["conversation_id", "id"],
        unique=False,
        postgresql_where=sa.text("status = 'failed' AND notice IS NOT NULL"),
    )
    op.create_table(
        "order_discounts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("amount_idr", sa.BigInteger(), nullable=False),
        sa.Column("promotion_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "kind in ('promotion', 'voucher', 'points', 'bargain', 'exchange')",
            name=op.f("ck_order_discounts_kind_known"),
        ),
        sa.CheckConstraint("amount_idr > 0", name=op.f("ck_order_discounts_amount_positive")),
        sa.ForeignKeyConstraint(
            ["order_id"],
            ["orders.id"],
            name=op.f("fk_order_discounts_order_id_orders"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["promotion_id"],
            ["promotions.id"],
            name=op.f("fk_order_discounts_promotion_id_promotions"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_discounts")),
    )
    op.create_index(
        op.f("ix_order_discounts_order_id"), "order_discounts", ["order_id"], unique=False
    )
    op.create_table(
        "order_lines",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("part_id", sa.BigInteger(), nullable=False),
        sa.Column("part_code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("unit_price_idr", sa.BigInteger(), nullable=False),
        sa.Column("subtotal_idr", sa.BigInteger(), nullable=False),
        sa.Column("weight_g", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=True),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_order_lines_quantity_positive")),
        sa.CheckConstraint(
            "subtotal_idr = unit_price_idr * quantity",
            name=op.f("ck_order_lines_subtotal_is_product"),
        ),
        sa.CheckConstraint("unit_price_idr > 0", name=op.f("ck_order_lines_price_positive")),
        sa.ForeignKeyConstraint(
            ["order_id"],
            ["orders.id"],
            name=op.f("fk_order_lines_order_id_orders"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["part_id"], ["parts.id"], name=op.f("fk_order_lines_part_id_parts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_lines")),
        sa.UniqueConstraint("order_id", "part_id", name=op.f("uq_order_lines_order_id_part_id")),
    )
    op.create_index(op.f("ix_order_lines_part_id"), "order_lines", ["part_id"], unique=False)
    op.create_table(
        "payments",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("bank_account_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "awaiting",
                "reported",
                "verified_by_sms",
                "accepted",
                "rejected",
                "underpaid",
                "overpaid",
                "duplicate",
                "late",
                "refunded",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("amount_due_idr", sa.BigInteger(), nullable=False),
        sa.Column("unique_code", sa.SmallInteger(), nullable=False),
        sa.Column("amount_received_idr", sa.BigInteger(), nullable=True),
        sa.Column("bank_reference", sa.String(length=80), nullable=True),
        sa.Column("approved_by", sa.BigInteger(), nullable=True),
        sa.Column("approved_amount_idr", sa.BigInteger(), nullable=True),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("sms_code_hash", sa.String(length=64), nullable=True),
        sa.Column("sms_sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sms_attempts", sa.SmallInteger(), nullable=False),
        sa.Column("sms_to", sa.String(length=20), nullable=True),
        sa.Column("sms_sends", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("sms_sends_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("amount_due_idr > 0", name=op.f("ck_payments_amount_due_positive")),
        sa.CheckConstraint(
            "amount_received_idr >= 0", name=op.f("ck_payments_amount_received_not_negative")
        ),
        sa.CheckConstraint(
            "unique_code between 0 and 999", name=op.f("ck_payments_unique_code_three_digits")
        ),
        sa.ForeignKeyConstraint(
            ["approved_by"], ["staff.id"], name=op.f("fk_payments_approved_by_staff")
        ),
        sa.ForeignKeyConstraint(
            ["bank_account_id"],
            ["bank_accounts.id"],
            name=op.f("fk_payments_bank_account_id_bank_accounts"),
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["staff.id"], name=op.f("fk_payments_decided_by_staff")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_payments_order_id_orders")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments")),
        sa.UniqueConstraint("order_id", name=op.f("uq_payments_order_id")),
    )
    op.create_index(
        "ix_payments_amount",
        "payments",
        ["bank_account_id", "amount_due_idr", "closed_at"],
        unique=False,
    )
    op.create_index(
        "ix_payments_sms_to",
        "payments",
        ["sms_to"],
        unique=False,
        postgresql_where=sa.text("sms_code_hash is not null"),
    )
    op.create_index("ix_payments_state", "payments", ["state", "id"], unique=False)
    op.create_index("ix_payments_updated_at", "payments", ["updated_at", "id"], unique=False)
    op.create_index(
        "uq_payments_open_amount",
        "payments",
        ["bank_account_id", "amount_due_idr"],
        unique=True,
        postgresql_where=sa.text("closed_at is null and unique_code > 0"),
    )
    op.create_index(
        "uq_payments_open_code",
        "payments",
        ["bank_account_id", "unique_code"],
        unique=True,
        postgresql_where=sa.text("closed_at is null and unique_code > 0"),
    )
    op.create_table(
        "points_entries",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("owed", sa.BigInteger(), nullable=False),
        sa.Column("cause", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("corrected_by", sa.String(length=120), server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind in ('earned', 'redeemed', 'given_back', 'reversed', 'corrected')",
            name=op.f("ck_points_entries_kind_known"),
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_points_entries_customer_id_customers")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_points_entries_order_id_orders")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points_entries")),
    )
    op.create_index(
        "ix_points_entries_customer_id", "points_entries", ["customer_id", "id"], unique=False
    )
    op.create_index(
        "uq_points_entries_once",
        "points_entries",
        ["order_id", "kind", "cause"],
        unique=True,
        postgresql_where=sa.text("order_id is not null"),
    )
    op.create_table(
        "returns",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("return_code", sa.String(length=12), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("conversation_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "return",
                "exchange",
                "warranty",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=10,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "asked",
                "approved",
                "refused",
                "received",
                "settled",
                "withdrawn",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=10,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decision_reason", sa.Text(), nullable=True),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
        sa.Column(
            "outcome",
            sa.Enum(
                "refund",
                "credit",
                "exchange",
                "nothing",
                name="outcome",
                native_enum=False,
                create_constraint=True,
                length=10,
            ),
            nullable=True,
        ),
        sa.Column("amount_idr", sa.BigInteger(), nullable=True),
        sa.Column("new_order_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'settled') = (outcome is not null)",
            name=op.f("ck_returns_settled_has_outcome"),
        ),
        sa.CheckConstraint("amount_idr >= 0", name=op.f("ck_returns_amount_not_negative")),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_returns_conversation_id_conversations"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_returns_customer_id_customers")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["staff.id"], name=op.f("fk_returns_decided_by_staff")
        ),
        sa.ForeignKeyConstraint(
            ["new_order_id"], ["orders.id"], name=op.f("fk_returns_new_order_id_orders")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_returns_order_id_orders")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_returns")),
        sa.UniqueConstraint("return_code", name=op.f("uq_returns_return_code")),
    )
    op.create_index(op.f("ix_returns_customer_id"), "returns", ["customer_id"], unique=False)
    op.create_index(op.f("ix_returns_new_order_id"), "returns", ["new_order_id"], unique=False)
    op.create_index(op.f("ix_returns_order_id"), "returns", ["order_id"], unique=False)
    op.create_index("ix_returns_state", "returns", ["state", "id"], unique=False)
    op.create_index("ix_returns_updated_at", "returns", ["updated_at", "id"], unique=False)
    op.create_table(
        "shipment_batch_orders",
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"],
            ["shipment_batches.id"],
            name=op.f("fk_shipment_batch_orders_batch_id_shipment_batches"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_shipment_batch_orders_order_id_orders")
        ),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_shipment_batch_orders")),
    )
    op.create_index(
        op.f("ix_shipment_batch_orders_batch_id"),
        "shipment_batch_orders",
        ["batch_id"],
        unique=False,
    )
    op.create_table(
        "shipment_events",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("place", sa.String(length=120), nullable=True),
        sa.Column("source", sa.String(length=60), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('picked_up', 'in_transit', 'out_for_delivery', 'delivered', 'failed', 'returned', 'note')",
            name=op.f("ck_shipment_events_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["order_id"],
            ["orders.id"],
            name=op.f("fk_shipment_events_order_id_orders"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shipment_events")),
        sa.UniqueConstraint(
            "order_id", "at", "kind", "text", name=op.f("uq_shipment_events_order_id_at_kind_text")
        ),
    )
    op.create_index(
        "ix_shipment_events_order_id", "shipment_events", ["order_id", "at"], unique=False
    )
    op.create_table(
        "bank_mutations",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("bank_account_id", sa.BigInteger(), nullable=False),
        sa.Column("bank_file_id", sa.BigInteger(), nullable=False),
        sa.Column("row", sa.BigInteger(), nullable=False),
        sa.Column("booked_on", sa.Date(), nullable=False),
        sa.Column("direction", sa.String(length=3), nullable=False),
        sa.Column("amount_idr", sa.BigInteger(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("reference", sa.String(length=80), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("occurrence", sa.SmallInteger(), nullable=False),
        sa.Column("doubtful", sa.Boolean(), nullable=False),
        sa.Column("balance_idr", sa.BigInteger(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "new",
                "booked",
                "open",
                "not_ours",
                "refunded",
                "credit",
                "outgoing",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("payment_id", sa.BigInteger(), nullable=True),
        sa.Column("counted", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("direction IN ('in', 'out')", name=op.f("ck_bank_mutations_direction")),
        sa.CheckConstraint("amount_idr > 0", name=op.f("ck_bank_mutations_amount_positive")),
        sa.CheckConstraint(
            "payment_id is not null or not counted",
            name=op.f("ck_bank_mutations_counted_for_a_payment"),
        ),
        sa.ForeignKeyConstraint(
            ["bank_account_id"],
            ["bank_accounts.id"],
            name=op.f("fk_bank_mutations_bank_account_id_bank_accounts"),
        ),
        sa.ForeignKeyConstraint(
            ["bank_file_id"],
            ["bank_files.id"],
            name=op.f("fk_bank_mutations_bank_file_id_bank_files"),
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["staff.id"], name=op.f("fk_bank_mutations_decided_by_staff")
        ),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payments.id"], name=op.f("fk_bank_mutations_payment_id_payments")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_mutations")),
        sa.UniqueConstraint(
            "bank_account_id",
            "fingerprint",
            "occurrence",
            name=op.f("uq_bank_mutations_bank_account_id_fingerprint_occurrence"),
        ),
        sa.UniqueConstraint(
            "bank_account_id", "reference", name=op.f("uq_bank_mutations_bank_account_id_reference")
        ),
    )
    op.create_index(
        op.f("ix_bank_mutations_bank_file_id"), "bank_mutations", ["bank_file_id"], unique=False
    )
    op.create_index(
        "ix_bank_mutations_day", "bank_mutations", ["booked_on", "bank_account_id"], unique=False
    )
    op.create_index(
        op.f("ix_bank_mutations_payment_id"), "bank_mutations", ["payment_id"], unique=False
    )
    op.create_index("ix_bank_mutations_state", "bank_mutations", ["state", "id"], unique=False)
    op.create_index(
        "ix_bank_mutations_updated_at", "bank_mutations", ["updated_at", "id"], unique=False
    )
    op.create_table(
        "bank_references",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("bank_account_id", sa.BigInteger(), nullable=False),
        sa.Column("reference", sa.String(length=80), nullable=False),
        sa.Column("payment_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["bank_account_id"],
            ["bank_accounts.id"],
            name=op.f("fk_bank_references_bank_account_id_bank_accounts"),
        ),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payments.id"], name=op.f("fk_bank_references_payment_id_payments")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_references")),
        sa.UniqueConstraint(
            "bank_account_id",
            "reference",
            name=op.f("uq_bank_references_bank_account_id_reference"),
        ),
    )
    op.create_index(
        op.f("ix_bank_references_payment_id"), "bank_references", ["payment_id"], unique=False
    )
    op.create_table(
        "complaint_notes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("complaint_id", sa.BigInteger(), nullable=False),
        sa.Column("actor_kind", sa.String(length=20), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("actor_name", sa.String(length=120), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["complaint_id"],
            ["complaints.id"],
            name=op.f("fk_complaint_notes_complaint_id_complaints"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_complaint_notes")),
    )
    op.create_index(
        op.f("ix_complaint_notes_complaint_id"), "complaint_notes", ["complaint_id"], unique=False
    )
    op.create_table(
        "gateway_charges",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("payment_id", sa.BigInteger(), nullable=False),
        sa.Column("gateway", sa.String(length=20), nullable=False),
        sa.Column("reference", sa.String(length=50), nullable=False),
        sa.Column("amount_idr", sa.BigInteger(), nullable=False),
        sa.Column("page_url", sa.Text(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("transaction_id", sa.String(length=80), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('open', 'paid', 'failed', 'returned')", name=op.f("ck_gateway_charges_state")
        ),
        sa.CheckConstraint("amount_idr > 0", name=op.f("ck_gateway_charges_amount_positive")),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payments.id"], name=op.f("fk_gateway_charges_payment_id_payments")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gateway_charges")),
        sa.UniqueConstraint("reference", name=op.f("uq_gateway_charges_reference")),
    )
    op.create_index(
        op.f("ix_gateway_charges_payment_id"), "gateway_charges", ["payment_id"], unique=False
    )
    op.create_table(
        "media",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("source_url", sa.Text(), nullable=True),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=True),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("phash", sa.BigInteger(), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state <> 'stored' OR (path IS NOT NULL AND sha256 IS NOT NULL AND size >= 0)",
            name=op.f("ck_media_stored_is_known"),
        ),
        sa.CheckConstraint(
            "state IN ('pending', 'stored', 'refused')", name=op.f("ck_media_state")
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name=op.f("fk_media_message_id_messages")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media")),
        sa.UniqueConstraint("message_id", "position", name=op.f("uq_media_message_id_position")),
    )
    op.create_index(
        "ix_media_pending",
        "media",
        ["id"],
        unique=False,
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_index(op.f("ix_media_sha256"), "media", ["sha256"], unique=False)
    op.create_table(
        "misunderstood",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("conversation_id", sa.BigInteger(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("guess", sa.Text(), nullable=True),
        sa.Column("confidence", sa.BigInteger(), nullable=True),
        sa.Column("ranking", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=True),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("measures", sa.Boolean(), nullable=False),
        sa.Column("training_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(state = 'labelled') = (label IS NOT NULL)", name=op.f("ck_misunderstood_label")
        ),
        sa.CheckConstraint("language IN ('id', 'en')", name=op.f("ck_misunderstood_language")),
        sa.CheckConstraint(
            "reason IN ('fallback', 'low_confidence', 'handed_over', 'flagged')",
            name=op.f("ck_misunderstood_reason"),
        ),
        sa.CheckConstraint(
            "state IN ('open', 'labelled', 'dismissed')", name=op.f("ck_misunderstood_state")
        ),
        sa.CheckConstraint(
            "confidence BETWEEN 0 AND 1000", name=op.f("ck_misunderstood_confidence")
        ),
        sa.CheckConstraint(
            "training_id IS NULL OR label IS NOT NULL",
            name=op.f("ck_misunderstood_learned_is_labelled"),
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_misunderstood_conversation_id_conversations"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"],
            ["staff.id"],
            name=op.f("fk_misunderstood_decided_by_staff"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["messages.id"],
            name=op.f("fk_misunderstood_message_id_messages"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["training_id"],
            ["trainings.id"],
            name=op.f("fk_misunderstood_training_id_trainings"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_misunderstood")),
        sa.UniqueConstraint("message_id", name=op.f("uq_misunderstood_message_id")),
    )
    op.create_index(
        op.f("ix_misunderstood_conversation_id"), "misunderstood", ["conversation_id"], unique=False
    )
    op.create_index("ix_misunderstood_key", "misunderstood", ["key"], unique=False)
    op.create_index("ix_misunderstood_state_key", "misunderstood", ["state", "key"], unique=False)
    op.create_index(
        op.f("ix_misunderstood_training_id"), "misunderstood", ["training_id"], unique=False
    )
    op.create_table(
        "phone_codes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("browser", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proven_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("channel IN ('sms', 'whatsapp')", name=op.f("ck_phone_codes_channel")),
        sa.CheckConstraint("attempts >= 0", name=op.f("ck_phone_codes_attempts_counted")),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name=op.f("fk_phone_codes_message_id_messages")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phone_codes")),
    )
    op.create_index("ix_phone_codes_origin", "phone_codes", ["origin", "sent_at"], unique=False)
    op.create_index("ix_phone_codes_phone", "phone_codes", ["phone", "sent_at"], unique=False)
    op.create_table(
        "return_lines",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("return_id", sa.BigInteger(), nullable=False),
        sa.Column("order_line_id", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column(
            "condition",
            sa.Enum(
                "unopened",
                "opened",
                "defective",
                name="condition",
                native_enum=False,
                create_constraint=True,
                length=10,
            ),
            nullable=True,
        ),
        sa.Column("restock", sa.Boolean(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_return_lines_quantity_positive")),
        sa.ForeignKeyConstraint(
            ["order_line_id"],
            ["order_lines.id"],
            name=op.f("fk_return_lines_order_line_id_order_lines"),
        ),
        sa.ForeignKeyConstraint(
            ["return_id"],
            ["returns.id"],
            name=op.f("fk_return_lines_return_id_returns"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_return_lines")),
        sa.UniqueConstraint(
            "return_id", "order_line_id", name=op.f("uq_return_lines_return_id_order_line_id")
        ),
    )
    op.create_index(
        op.f("ix_return_lines_order_line_id"), "return_lines", ["order_line_id"], unique=False
    )
    op.create_index(op.f("ix_return_lines_return_id"), "return_lines", ["return_id"], unique=False)
    op.create_table(
        "differences",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "underpaid",
                "overpaid",
                "duplicate",
                "late",
                "unknown",
                "refund_due",
                "returned",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "refund_proposed",
                "topped_up",
                "refunded",
                "credited",
                "assigned",
                "not_ours",
                "replaced",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("bank_account_id", sa.BigInteger(), nullable=False),
        sa.Column("payment_id", sa.BigInteger(), nullable=True),
        sa.Column("mutation_id", sa.BigInteger(), nullable=True),
        sa.Column("amount_idr", sa.BigInteger(), nullable=False),
        sa.Column("booked_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("owner_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("amount_idr > 0", name=op.f("ck_differences_amount_positive")),
        sa.CheckConstraint(
            "payment_id is not null or mutation_id is not null",
            name=op.f("ck_differences_about_money"),
        ),
        sa.ForeignKeyConstraint(
            ["bank_account_id"],
            ["bank_accounts.id"],
            name=op.f("fk_differences_bank_account_id_bank_accounts"),
        ),
        sa.ForeignKeyConstraint(
            ["mutation_id"],
            ["bank_mutations.id"],
            name=op.f("fk_differences_mutation_id_bank_mutations"),
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["staff.id"], name=op.f("fk_differences_owner_id_staff")
        ),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payments.id"], name=op.f("fk_differences_payment_id_payments")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_differences")),
    )
    op.create_index(
        "ix_differences_day", "differences", ["booked_on", "bank_account_id"], unique=False
    )
    op.create_index("ix_differences_state", "differences", ["state", "id"], unique=False)
    op.create_index(
        "uq_differences_mutation",
        "differences",
        ["mutation_id"],
        unique=True,
        postgresql_where=sa.text("state in ('open', 'refund_proposed')"),
    )
    op.create_index(
        "uq_differences_payment",
        "differences",
        ["payment_id"],
        unique=True,
        postgresql_where=sa.text(
            "state in ('open', 'refund_proposed') and kind not in ('duplicate', 'unknown', 'returned')"
        ),
    )
    op.create_table(
        "proof_likenesses",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("media_id", sa.BigInteger(), nullable=False),
        sa.Column("other_media_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("lines", sa.SmallInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('same', 'copy', 'edited')", name=op.f("ck_proof_likenesses_kind")
        ),
        sa.CheckConstraint(
            "other_media_id < media_id", name=op.f("ck_proof_likenesses_other_came_before")
        ),
        sa.ForeignKeyConstraint(
            ["media_id"],
            ["media.id"],
            name=op.f("fk_proof_likenesses_media_id_media"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["other_media_id"],
            ["media.id"],
            name=op.f("fk_proof_likenesses_other_media_id_media"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proof_likenesses")),
        sa.UniqueConstraint(
            "media_id", "other_media_id", name=op.f("uq_proof_likenesses_media_id_other_media_id")
        ),
    )
    op.create_index(
        op.f("ix_proof_likenesses_other_media_id"),
        "proof_likenesses",
        ["other_media_id"],
        unique=False,
    )
    op.create_table(
        "return_media",
        sa.Column("return_id", sa.BigInteger(), nullable=False),
        sa.Column("media_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["media_id"],
            ["media.id"],
            name=op.f("fk_return_media_media_id_media"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["return_id"],
            ["returns.id"],
            name=op.f("fk_return_media_return_id_returns"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("return_id", "media_id", name=op.f("pk_return_media")),
    )
    op.create_table(
        "transfer_reports",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("payment_id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("media_id", sa.BigInteger(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("sender_name", sa.String(length=120), nullable=True),
        sa.Column("amount_idr", sa.BigInteger(), nullable=True),
        sa.Column("compared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["media_id"],
            ["media.id"],
            name=op.f("fk_transfer_reports_media_id_media"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["messages.id"],
            name=op.f("fk_transfer_reports_message_id_messages"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payments.id"], name=op.f("fk_transfer_reports_payment_id_payments")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfer_reports")),
    )
    op.create_index(
        op.f("ix_transfer_reports_media_id"), "transfer_reports", ["media_id"], unique=False
    )
    op.create_index(
        op.f("ix_transfer_reports_payment_id"), "transfer_reports", ["payment_id"], unique=False
    )
    op.create_index(
        "ix_transfer_reports_uncompared",
        "transfer_reports",
        ["media_id"],
        unique=False,
        postgresql_where=sa.text("compared_at is null and media_id is not null"),
    )
    op.create_index(
        "uq_transfer_reports_source",
        "transfer_reports",
        ["payment_id", "message_id", "media_id"],
        unique=True,
        postgresql_nulls_not_distinct=True,
        postgresql_where=sa.text("message_id is not null"),
    )
    op.create_table(
        "refunds",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("difference_id", sa.BigInteger(), nullable=False),
        sa.Column("amount_idr", sa.BigInteger(), nullable=False),
        sa.Column("to_bank", sa.String(length=60), nullable=False),
        sa.Column("to_number", sa.String(length=60), nullable=False),
        sa.Column("to_holder", sa.String(length=60), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("requested_by", sa.BigInteger(), nullable=False),
        sa.Column("approved_by", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("amount_idr > 0", name=op.f("ck_refunds_amount_positive")),
        sa.CheckConstraint(
            "approved_by is null or approved_by <> requested_by", name=op.f("ck_refunds_two_people")
        ),
        sa.ForeignKeyConstraint(
            ["approved_by"], ["staff.id"], name=op.f("fk_refunds_approved_by_staff")
        ),
        sa.ForeignKeyConstraint(
            ["difference_id"], ["differences.id"], name=op.f("fk_refunds_difference_id_differences")
        ),
        sa.ForeignKeyConstraint(
            ["requested_by"], ["staff.id"], name=op.f("fk_refunds_requested_by_staff")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refunds")),
    )
    op.create_index("ix_refunds_done_at", "refunds", ["done_at"], unique=False)
    op.create_index(
        "uq_refunds_difference",
        "refunds",
        ["difference_id"],
        unique=True,
        postgresql_where=sa.text("withdrawn_at is null"),
    )

    op.execute(
        """
        CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'rows of % are only added', TG_TABLE_NAME
                USING ERRCODE = 'integrity_constraint_violation';
        END $$
        """
    )
    for table in ("timeline", "timeline_seals", "stock_movements"):
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    op.drop_index(
        "uq_refunds_difference",
        table_name="refunds",
        postgresql_where=sa.text("withdrawn_at is null"),
    )
    op.drop_index("ix_refunds_done_at", table_name="refunds")
    op.drop_table("refunds")
    op.drop_index(
        "uq_transfer_reports_source",
        table_name="transfer_reports",
        postgresql_nulls_not_distinct=True,
        postgresql_where=sa.text("message_id is not null"),
    )
    op.drop_index(
        "ix_transfer_reports_uncompared",
        table_name="transfer_reports",
        postgresql_where=sa.text("compared_at is null and media_id is not null"),
    )
    op.drop_index(op.f("ix_transfer_reports_payment_id"), table_name="transfer_reports")
    op.drop_index(op.f("ix_transfer_reports_media_id"), table_name="transfer_reports")
    op.drop_table("transfer_reports")
    op.drop_table("return_media")
    op.drop_index(op.f("ix_proof_likenesses_other_media_id"), table_name="proof_likenesses")
    op.drop_table("proof_likenesses")
    op.drop_index(
        "uq_differences_payment",
        table_name="differences",
        postgresql_where=sa.text(
            "state in ('open', 'refund_proposed') and kind not in ('duplicate', 'unknown', 'returned')"
        ),
    )
    op.drop_index(
        "uq_differences_mutation",
        table_name="differences",
        postgresql_where=sa.text("state in ('open', 'refund_proposed')"),
    )
    op.drop_index("ix_differences_state", table_name="differences")
    op.drop_index("ix_differences_day", table_name="differences")
    op.drop_table("differences")
    op.drop_index(op.f("ix_return_lines_return_id"), table_name="return_lines")
    op.drop_index(op.f("ix_return_lines_order_line_id"), table_name="return_lines")
    op.drop_table("return_lines")
    op.drop_index("ix_phone_codes_phone", table_name="phone_codes")
    op.drop_index("ix_phone_codes_origin", table_name="phone_codes")
    op.drop_table("phone_codes")
    op.drop_index(op.f("ix_misunderstood_training_id"), table_name="misunderstood")
    op.drop_index("ix_misunderstood_state_key", table_name="misunderstood")
    op.drop_index("ix_misunderstood_key", table_name="misunderstood")
    op.drop_index(op.f("ix_misunderstood_conversation_id"), table_name="misunderstood")
    op.drop_table("misunderstood")
    op.drop_index(op.f("ix_media_sha256"), table_name="media")
    op.drop_index(
        "ix_media_pending", table_name="media", postgresql_where=sa.text("state = 'pending'")
    )
    op.drop_table("media")
    op.drop_index(op.f("ix_gateway_charges_payment_id"), table_name="gateway_charges")
    op.drop_table("gateway_charges")
    op.drop_index(op.f("ix_complaint_notes_complaint_id"), table_name="complaint_notes")
    op.drop_table("complaint_notes")
    op.drop_index(op.f("ix_bank_references_payment_id"), table_name="bank_references")
    op.drop_table("bank_references")
    op.drop_index("ix_bank_mutations_updated_at", table_name="bank_mutations")
    op.drop_index("ix_bank_mutations_state", table_name="bank_mutations")
    op.drop_index(op.f("ix_bank_mutations_payment_id"), table_name="bank_mutations")
    op.drop_index("ix_bank_mutations_day", table_name="bank_mutations")
    op.drop_index(op.f("ix_bank_mutations_bank_file_id"), table_name="bank_mutations")
    op.drop_table("bank_mutations")
    op.drop_index("ix_shipment_events_order_id", table_name="shipment_events")
    op.drop_table("shipment_events")
    op.drop_index(op.f("ix_shipment_batch_orders_batch_id"), table_name="shipment_batch_orders")
    op.drop_table("shipment_batch_orders")
    op.drop_index("ix_returns_updated_at", table_name="returns")
    op.drop_index("ix_returns_state", table_name="returns")
    op.drop_index(op.f("ix_returns_order_id"), table_name="returns")
    op.drop_index(op.f("ix_returns_new_order_id"), table_name="returns")
    op.drop_index(op.f("ix_returns_customer_id"), table_name="returns")
    op.drop_table("returns")
    op.drop_index(
        "uq_points_entries_once",
        table_name="points_entries",
        postgresql_where=sa.text("order_id is not null"),
    )
    op.drop_index("ix_points_entries_customer_id", table_name="points_entries")
    op.drop_table("points_entries")
    op.drop_index(
        "uq_payments_open_code",
        table_name="payments",
        postgresql_where=sa.text("closed_at is null and unique_code > 0"),
    )
    op.drop_index(
        "uq_payments_open_amount",
        table_name="payments",
        postgresql_where=sa.text("closed_at is null and unique_code > 0"),
    )
    op.drop_index("ix_payments_updated_at", table_name="payments")
    op.drop_index("ix_payments_state", table_name="payments")
    op.drop_index(
        "ix_payments_sms_to",
        table_name="payments",
        postgresql_where=sa.text("sms_code_hash is not null"),
    )
    op.drop_index("ix_payments_amount", table_name="payments")
    op.drop_table("payments")
    op.drop_index(op.f("ix_order_lines_part_id"), table_name="order_lines")
    op.drop_table("order_lines")
    op.drop_index(op.f("ix_order_discounts_order_id"), table_name="order_discounts")
    op.drop_table("order_discounts")
    op.drop_index(
        "ix_messages_waiting",
        table_name="messages",
        postgresql_where=sa.text("status = 'failed' AND notice IS NOT NULL"),
    )
    op.drop_index(
        "ix_messages_unknown", table_name="messages", postgresql_where=sa.text("status = 'unknown'")
    )
    op.drop_index(
        "ix_messages_undelivered",
        table_name="messages",
        postgresql_where=sa.text("status IN ('queued', 'sending')"),
    )
    op.drop_index(op.f("ix_messages_turn_id"), table_name="messages")
    op.drop_index("ix_messages_conversation_id", table_name="messages")
    op.drop_index(
        "ix_messages_awaiting", table_name="messages", postgresql_where=sa.text("awaits_bot")
    )
    op.drop_table("messages")
    op.drop_index(
        "ix_mails_unsent",
        table_name="mails",
        postgresql_where=sa.text("state IN ('queued', 'sending')"),
    )
    op.drop_index("ix_mails_order_id", table_name="mails")
    op.drop_index(op.f("ix_mails_customer_id"), table_name="mails")
    op.drop_table("mails")
    op.drop_index(
        "uq_handoffs_open", table_name="handoffs", postgresql_where=sa.text("state <> 'returned'")
    )
    op.drop_index("ix_handoffs_updated_at", table_name="handoffs")
    op.drop_index("ix_handoffs_state", table_name="handoffs")
    op.drop_table("handoffs")
    op.drop_index(op.f("ix_effects_turn_id"), table_name="effects")
    op.drop_table("effects")
    op.drop_index("ix_complaints_updated_at", table_name="complaints")
    op.drop_index("ix_complaints_state", table_name="complaints")
    op.drop_index(op.f("ix_complaints_order_id"), table_name="complaints")
    op.drop_index(op.f("ix_complaints_customer_id"), table_name="complaints")
    op.drop_table("complaints")
    op.drop_index(op.f("ix_wishes_part_id"), table_name="wishes")
    op.drop_index(op.f("ix_wishes_customer_id"), table_name="wishes")
    op.drop_index(op.f("ix_wishes_created_at"), table_name="wishes")
    op.drop_table("wishes")
    op.drop_index(
        "ix_turns_unfinished",
        table_name="turns",
        postgresql_where=sa.text("state IN ('pending', 'running')"),
    )
    op.drop_index(
        "ix_turns_read", table_name="turns", postgresql_where=sa.text("outcome IS NOT NULL")
    )
    op.drop_table("turns")
    op.drop_index(op.f("ix_shopping_lists_customer_id"), table_name="shopping_lists")
    op.drop_table("shopping_lists")
    op.drop_index("ix_promotion_uses_order_id", table_name="promotion_uses")
    op.drop_index("ix_promotion_uses_customer_id", table_name="promotion_uses")
    op.drop_table("promotion_uses")
    op.drop_index("ix_orders_updated_at", table_name="orders")
    op.drop_index(op.f("ix_orders_tracking_number"), table_name="orders")
    op.drop_index(
        "ix_orders_due", table_name="orders", postgresql_where=sa.text("state = 'awaiting_payment'")
    )
    op.drop_index("ix_orders_customer_id", table_name="orders")
    op.drop_table("orders")
    op.drop_index("ix_comments_state", table_name="comments")
    op.drop_index("ix_comments_part_id", table_name="comments")
    op.drop_index(op.f("ix_comments_customer_id"), table_name="comments")
    op.drop_table("comments")
    op.drop_index(op.f("ix_cart_lines_part_id"), table_name="cart_lines")
    op.drop_table("cart_lines")
    op.drop_index(op.f("ix_substitutes_substitute_id"), table_name="substitutes")
    op.drop_table("substitutes")
    op.drop_index("ix_stock_movements_part_id_at", table_name="stock_movements")
    op.drop_index(op.f("ix_stock_movements_order_id"), table_name="stock_movements")
    op.drop_table("stock_movements")
    op.drop_table("stock_levels")
    op.drop_index(op.f("ix_reservations_part_id"), table_name="reservations")
    op.drop_table("reservations")
    op.drop_index("ix_promotions_updated_at", table_name="promotions")
    op.drop_table("promotions")
    op.drop_table("price_tiers")
    op.drop_index("ix_move_codes_address_id", table_name="move_codes")
    op.drop_table("move_codes")
    op.drop_index(op.f("ix_goods_lines_part_id"), table_name="goods_lines")
    op.drop_table("goods_lines")
    op.drop_index("ix_fitments_model_generation", table_name="fitments")
    op.drop_table("fitments")
    op.drop_index("ix_conversations_updated_at", table_name="conversations")
    op.drop_index("ix_conversations_last_message_at", table_name="conversations")
    op.drop_index("ix_conversations_handler", table_name="conversations")
    op.drop_index(op.f("ix_conversations_customer_id"), table_name="conversations")
    op.drop_index(op.f("ix_conversations_agent_id"), table_name="conversations")
    op.drop_table("conversations")
    op.drop_index("ix_bargains_state", table_name="bargains")
    op.drop_index("ix_bargains_customer_id", table_name="bargains")
    op.drop_table("bargains")
    op.drop_index(
        "ix_webhook_deliveries_pending",
        table_name="webhook_deliveries",
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.drop_index(op.f("ix_webhook_deliveries_event_id"), table_name="webhook_deliveries")
    op.drop_index("ix_webhook_deliveries_endpoint_id_id", table_name="webhook_deliveries")
    op.drop_table("webhook_deliveries")
    op.drop_table("shipping_rates")
    op.drop_index(
        "uq_shipment_batches_open",
        table_name="shipment_batches",
        postgresql_where=sa.text("state = 'open'"),
    )
    op.drop_index("ix_shipment_batches_day", table_name="shipment_batches")
    op.drop_table("shipment_batches")
    op.drop_table("points_accounts")
    op.drop_index(op.f("ix_parts_updated_at"), table_name="parts")
    op.drop_index(op.f("ix_parts_revision"), table_name="parts")
    op.drop_index("ix_parts_category_id_name", table_name="parts")
    op.drop_table("parts")
    op.drop_table("margin_rules")
    op.drop_index(
        "uq_delivery_addresses_default",
        table_name="delivery_addresses",
        postgresql_where=sa.text("is_default"),
    )
    op.drop_index(op.f("ix_delivery_addresses_customer_id"), table_name="delivery_addresses")
    op.drop_table("delivery_addresses")
    op.drop_index(op.f("ix_customer_bikes_customer_id"), table_name="customer_bikes")
    op.drop_table("customer_bikes")
    op.drop_index(op.f("ix_channel_addresses_customer_id"), table_name="channel_addresses")
    op.drop_table("channel_addresses")
    op.drop_table("carts")
    op.drop_index(op.f("ix_bank_files_sha256"), table_name="bank_files")
    op.drop_table("bank_files")
    op.drop_table("webhook_events")
    op.drop_table("webhook_endpoints")
    op.drop_index(
        "ix_trainings_unfinished",
        table_name="trainings",
        postgresql_where=sa.text("state IN ('requested', 'running')"),
    )
    op.drop_table("trainings")
    op.drop_table("timeline_seals")
    op.drop_index("ix_timeline_subject_subject_id", table_name="timeline")
    op.drop_index("ix_timeline_customer_id", table_name="timeline")
    op.drop_table("timeline")
    op.drop_table("status_callbacks")
    op.drop_table("staff")
    op.drop_table("shop_facts")
    op.drop_table("pages")
    op.drop_table("office_hours")
    op.drop_index("ix_leftovers_due_at", table_name="leftovers")
    op.drop_table("leftovers")
    op.drop_table("holidays")
    op.drop_index(op.f("ix_goods_receipts_received_at"), table_name="goods_receipts")
    op.drop_table("goods_receipts")
    op.drop_index(
        "ix_gateway_notices_waiting",
        table_name="gateway_notices",
        postgresql_where=sa.text("outcome is null"),
    )
    op.drop_table("gateway_notices")
    op.drop_table("districts")
    op.drop_index("ix_customers_updated_at", table_name="customers")
    op.drop_index(op.f("ix_customers_phone"), table_name="customers")
    op.drop_index(op.f("ix_customers_merged_into_id"), table_name="customers")
    op.drop_table("customers")
    op.drop_table("cod_rules")
    op.drop_table("categories")
    op.drop_table("catalogue_versions")
    op.drop_table("carrier_contents")
    op.drop_table("bike_models")
    op.drop_index(
        "uq_bank_accounts_cash", table_name="bank_accounts", postgresql_where=sa.text("cash")
    )
    op.drop_index(
        "uq_bank_accounts_active", table_name="bank_accounts", postgresql_where=sa.text("active")
    )
    op.drop_table("bank_accounts")
    op.execute("DROP FUNCTION refuse_change()")
