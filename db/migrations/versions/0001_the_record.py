"""The record"""

import sqlalchemy as sa
from alembic import op

from db import crypto, schema

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "cursors",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("value", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_cursors")),
    )
    op.create_table(
        "fed",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("file", sa.String(length=20), nullable=False),
        sa.Column("key", sa.String(length=140), nullable=False),
        sa.Column("cells", crypto.SecretJson(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fed")),
        sa.UniqueConstraint("file", "key", name=op.f("uq_fed_file_key")),
    )
    op.create_table(
        "heartbeats",
        sa.Column("process", sa.String(length=20), nullable=False),
        sa.Column("holder", sa.String(length=64), nullable=False),
        sa.Column("at", schema.Moment(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("process", "holder", name=op.f("pk_heartbeats")),
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("holder", sa.String(length=64), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("until", schema.Moment(timezone=True), nullable=False),
        sa.Column("released", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leases")),
    )
    op.create_table(
        "meta",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("value", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_meta")),
    )
    op.create_table(
        "packs",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("ref", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("activity", sa.String(length=16), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("stock", sa.Integer(), nullable=False),
        sa.Column("collect_from", sa.String(length=200), nullable=False),
        sa.Column("return_within_days", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.CheckConstraint("activity IN ('unpaid_work', 'other_activity')", name=op.f("ck_packs_activity")),
        sa.CheckConstraint("minutes > 0", name=op.f("ck_packs_minutes")),
        sa.CheckConstraint("stock >= 0", name=op.f("ck_packs_stock")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_packs")),
        sa.UniqueConstraint("ref", name=op.f("uq_packs_ref")),
    )
    op.create_table(
        "pauses",
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("why", sa.String(length=12), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("until", schema.Moment(timezone=True), nullable=False),
        sa.CheckConstraint("channel IN ('sms', 'telegram')", name=op.f("ck_pauses_channel")),
        sa.CheckConstraint("why IN ('rate', 'account', 'config')", name=op.f("ck_pauses_why")),
        sa.PrimaryKeyConstraint("channel", name=op.f("pk_pauses")),
    )
    op.create_table(
        "receipts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("provider", sa.String(length=10), nullable=False),
        sa.Column("reference", sa.String(length=80), nullable=False),
        sa.Column("token", sa.String(length=32), nullable=True),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("error_code", sa.String(length=40), nullable=False),
        sa.Column("received_at", schema.Moment(timezone=True), nullable=False),
        sa.Column("applied_at", schema.Moment(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipts")),
        sa.UniqueConstraint(
            "provider", "reference", "status", "error_code", name=op.f("uq_receipts_provider_reference_status_error_code")
        ),
    )
    op.create_table(
        "staff",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("ref", sa.String(length=64), nullable=False),
        sa.Column("name", crypto.Secret(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("phone", crypto.Secret(), nullable=True),
        sa.Column("phone_hash", sa.String(length=40), nullable=True),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("team", sa.String(length=64), nullable=False),
        sa.CheckConstraint("role IN ('supervisor', 'case_manager', 'coordinator', 'manager')", name=op.f("ck_staff_role")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("ref", name=op.f("uq_staff_ref")),
    )
    with op.batch_alter_table("staff", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_staff_phone_hash"), ["phone_hash"], unique=False)

    op.create_table(
        "suppressions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("address_hash", sa.String(length=40), nullable=False),
        sa.Column("scope", sa.String(length=12), nullable=False),
        sa.Column("why", sa.String(length=40), nullable=False),
        sa.Column("at", schema.Moment(timezone=True), nullable=False),
        sa.Column("lifted_at", schema.Moment(timezone=True), nullable=True),
        sa.Column("lifted_by", sa.String(length=80), nullable=True),
        sa.CheckConstraint("scope IN ('proactive', 'everything')", name=op.f("ck_suppressions_scope")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suppressions")),
    )
    with op.batch_alter_table("suppressions", schema=None) as batch_op:
        batch_op.create_index(
            "uq_suppressions_live",
            ["address_hash", "scope"],
            unique=True,
            sqlite_where=sa.text("lifted_at IS NULL"),
            postgresql_where=sa.text("lifted_at IS NULL"),
        )

    op.create_table(
        "people",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("ref", sa.String(length=64), nullable=False),
        sa.Column("first_name", crypto.Secret(), nullable=False),
        sa.Column("last_name", crypto.Secret(), nullable=False),
        sa.Column("phone", crypto.Secret(), nullable=True),
        sa.Column("phone_hash", sa.String(length=40), nullable=True),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("mode", sa.String(length=12), nullable=False),
        sa.Column("safe_from", sa.Integer(), nullable=True),
        sa.Column("safe_until", sa.Integer(), nullable=True),
        sa.Column("phone_is_own", sa.Boolean(), nullable=False),
        sa.Column("voicemail_ok", sa.Boolean(), nullable=False),
        sa.Column("stop_level", sa.String(length=10), nullable=False),
        sa.Column("restricted", sa.Boolean(), nullable=False),
        sa.Column("women_only", sa.Boolean(), nullable=False),
        sa.Column("team", sa.String(length=64), nullable=False),
        sa.Column("case_manager_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("pin_hash", sa.String(length=40), nullable=True),
        sa.Column("pin_failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("verified_until", schema.Moment(timezone=True), nullable=True),
        sa.Column("number_suspended_at", schema.Moment(timezone=True), nullable=True),
        sa.Column("welcomed_at", schema.Moment(timezone=True), nullable=True),
        sa.Column("created_at", schema.Moment(timezone=True), nullable=False),
        sa.CheckConstraint("channel IN ('sms', 'telegram')", name=op.f("ck_people_channel")),
        sa.CheckConstraint("mode IN ('standard', 'discreet', 'call_first', 'no_contact')", name=op.f("ck_people_mode")),
        sa.CheckConstraint("stop_level IN ('none', 'reminders', 'all')", name=op.f("ck_people_stop_level")),
        sa.CheckConstraint("(safe_from IS NULL) = (safe_until IS NULL)", name=op.f("ck_people_safe_window")),
        sa.CheckConstraint(
            "safe_from IS NULL OR (safe_from >= 0 AND safe_until <= 1440)", name=op.f("ck_people_safe_window_day")
        ),
        sa.ForeignKeyConstraint(["case_manager_id"], ["staff.id"], name=op.f("fk_people_case_manager_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
        sa.UniqueConstraint("ref", name=op.f("uq_people_ref")),
    )
    with op.batch_alter_table("people", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_people_phone_hash"), ["phone_hash"], unique=False)

    op.create_table(
        "placements",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("ref", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("nickname", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("address", crypto.Secret(), nullable=True),
        sa.Column("postcode", crypto.Secret(), nullable=True),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("bring", sa.String(length=200), nullable=False),
        sa.Column("supervisor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("team", sa.String(length=64), nullable=False),
        sa.Column("women_only", sa.Boolean(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('squad', 'single', 'workshop', 'group', 'home_working', 'other_activity')",
            name=op.f("ck_placements_kind"),
        ),
        sa.CheckConstraint("capacity IS NULL OR capacity > 0", name=op.f("ck_placements_capacity")),
        sa.ForeignKeyConstraint(["supervisor_id"], ["staff.id"], name=op.f("fk_placements_supervisor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_placements")),
        sa.UniqueConstraint("ref", name=op.f("uq_placements_ref")),
    )
    op.create_table(
        "access_log",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=True),
        sa.Column("at", schema.Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_access_log_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_log")),
    )
    with op.batch_alter_table("access_log", schema=None) as batch_op:
        batch_op.create_index("ix_access_log_person_id", ["person_id"], unique=False)

    op.create_table(
        "invites",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code_hash", sa.String(length=40), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("staff_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("created_at", schema.Moment(timezone=True), nullable=False),
        sa.Column("expires_at", schema.Moment(timezone=True), nullable=False),
        sa.Column("used_at", schema.Moment(timezone=True), nullable=True),
        sa.CheckConstraint("(person_id IS NULL) <> (staff_id IS NULL)", name=op.f("ck_invites_one_owner")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_invites_person_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_invites_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invites")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_invites_code_hash")),
    )
    op.create_table(
        "not_with",
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("other_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("person_id < other_id", name=op.f("ck_not_with_ordered")),
        sa.ForeignKeyConstraint(["other_id"], ["people.id"], name=op.f("fk_not_with_other_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_not_with_person_id")),
        sa.UniqueConstraint("person_id", "other_id", name=op.f("uq_not_with_person_id_other_id")),
    )
    op.create_table(
        "orders",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("ref", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("imposed_on", sa.Date(), nullable=False),
        sa.Column("imposed_minutes", sa.Integer(), nullable=False),
        sa.Column("complete_by", sa.Date(), nullable=False),
        sa.Column("other_activity_minutes", sa.Integer(), nullable=False),
        sa.Column("concurrent_with_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("responsible_officer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("messages_on", sa.Boolean(), server_default="0", nullable=False),
        sa.CheckConstraint(
            "(kind = 'cpo' AND imposed_minutes BETWEEN 1200 AND 18000) OR (kind = 'fine_default' AND imposed_minutes BETWEEN 1200 AND 6000) OR (kind = 'fiscal_work_order' AND imposed_minutes BETWEEN 600 AND 3000)",
            name=op.f("ck_orders_hours"),
        ),
        sa.CheckConstraint("kind IN ('cpo', 'fine_default', 'fiscal_work_order')", name=op.f("ck_orders_kind")),
        sa.CheckConstraint(
            "status IN ('active', 'suspended', 'custody', 'completed', 'discharged', 'revoked', 'breached', 'transferred', 'died')",
            name=op.f("ck_orders_status"),
        ),
        sa.CheckConstraint("complete_by >= imposed_on", name=op.f("ck_orders_complete_by")),
        sa.CheckConstraint("other_activity_minutes >= 0", name=op.f("ck_orders_other_activity")),
        sa.ForeignKeyConstraint(["concurrent_with_id"], ["orders.id"], name=op.f("fk_orders_concurrent_with_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_orders_person_id")),
        sa.ForeignKeyConstraint(["responsible_officer_id"], ["staff.id"], name=op.f("fk_orders_responsible_officer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders")),
        sa.UniqueConstraint("ref", name=op.f("uq_orders_ref")),
    )
    with op.batch_alter_table("orders", schema=None) as batch_op:
        batch_op.create_index("ix_orders_person_id", ["person_id"], unique=False)

    op.create_table(
        "sessions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("ref", sa.String(length=64), nullable=False),
        sa.Column("placement_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("starts_at", schema.Moment(timezone=True), nullable=False),
        sa.Column("ends_at", schema.Moment(timezone=True), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.Column("supervisor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("done_at", schema.Moment(timezone=True), nullable=True),
        sa.CheckConstraint("status IN ('planned', 'cancelled')", name=op.f("ck_sessions_status")),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_sessions_order")),
        sa.CheckConstraint("version > 0", name=op.f("ck_sessions_version")),
        sa.ForeignKeyConstraint(["placement_id"], ["placements.id"], name=op.f("fk_sessions_placement_id")),
        sa.ForeignKeyConstraint(["supervisor_id"], ["staff.id"], name=op.f("fk_sessions_supervisor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
        sa.UniqueConstraint("ref", name=op.f("uq_sessions_ref")),
    )
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sessions_starts_at"), ["starts_at"], unique=False)

    op.create_table(
        "tasks",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("class", sa.String(length=20), nullable=True),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("owner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("note", crypto.Secret(), nullable=True),
        sa.Column("created_at", schema.Moment(timezone=True), nullable=False),
        sa.Column("due_at", schema.Moment(timezone=True), nullable=False),
        sa.Column("status", sa.String(length=6), nullable=False),
        sa.Column("closed_at", schema.Moment(timezone=True), nullable=True),
        sa.CheckConstraint("status IN ('open', 'done')", name=op.f("ck_tasks_status")),
        sa.ForeignKeyConstraint(["owner_id"], ["staff.id"], name=op.f("fk_tasks_owner_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_tasks_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tasks")),
    )
    with op.batch_alter_table("tasks", schema=None) as batch_op:
        batch_op.create_index(
            "uq_tasks_open_key",
            ["key"],
            unique=True,
            sqlite_where=sa.text("status = 'open'"),
            postgresql_where=sa.text("status = 'open'"),
        )

    op.create_table(
        "telegram_links",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("chat", crypto.Secret(), nullable=False),
        sa.Column("chat_hash", sa.String(length=40), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("staff_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("linked_at", schema.Moment(timezone=True), nullable=False),
        sa.Column("blocked_at", schema.Moment(timezone=True), nullable=True),
        sa.Column("ended_at", schema.Moment(timezone=True), nullable=True),
        sa.CheckConstraint("(person_id IS NULL) <> (staff_id IS NULL)", name=op.f("ck_telegram_links_one_owner")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_telegram_links_person_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_telegram_links_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_telegram_links")),
    )
    with op.batch_alter_table("telegram_links", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_telegram_links_chat_hash"), ["chat_hash"], unique=False)
        batch_op.create_index(
            "uq_telegram_links_live_chat_hash",
            ["chat_hash"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )
        batch_op.create_index(
            "uq_telegram_links_live_person_id",
            ["person_id"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )
        batch_op.create_index(
            "uq_telegram_links_live_staff_id",
            ["staff_id"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "bookings",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("session_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("order_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("answer", sa.String(length=10), nullable=True),
        sa.Column("answered_at", schema.Moment(timezone=True), nullable=True),
        sa.Column("booked_at", schema.Moment(timezone=True), nullable=False),
        sa.CheckConstraint("answer IS NULL OR answer IN ('coming', 'cant', 'late')", name=op.f("ck_bookings_answer")),
        sa.CheckConstraint("status IN ('booked', 'cancelled')", name=op.f("ck_bookings_status")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_bookings_order_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_bookings_person_id")),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_bookings_session_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bookings")),
        sa.UniqueConstraint("session_id", "person_id", name=op.f("uq_bookings_session_id_person_id")),
    )
    with op.batch_alter_table("bookings", schema=None) as batch_op:
        batch_op.create_index("ix_bookings_person_id", ["person_id"], unique=False)

    op.create_table(
        "hours",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("ref", sa.String(length=64), nullable=True),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("worked_on", sa.Date(), nullable=False),
        sa.Column("worked_minutes", sa.Integer(), nullable=False),
        sa.Column("credited_minutes", sa.Integer(), nullable=False),
        sa.Column("activity", sa.String(length=16), nullable=False),
        sa.Column("placement_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("note", crypto.Secret(), nullable=True),
        sa.Column("legal_basis", sa.String(length=200), nullable=True),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("at", schema.Moment(timezone=True), nullable=False),
        sa.CheckConstraint("activity IN ('unpaid_work', 'other_activity')", name=op.f("ck_hours_activity")),
        sa.CheckConstraint("kind = 'work' OR legal_basis IS NOT NULL", name=op.f("ck_hours_legal_basis")),
        sa.CheckConstraint("kind IN ('work', 'adjustment')", name=op.f("ck_hours_kind")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_hours_order_id")),
        sa.ForeignKeyConstraint(["placement_id"], ["placements.id"], name=op.f("fk_hours_placement_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hours")),
        sa.UniqueConstraint("ref", "seq", name=op.f("uq_hours_ref_seq")),
    )
    with op.batch_alter_table("hours", schema=None) as batch_op:
        batch_op.create_index("ix_hours_order_id", ["order_id"], unique=False)

    op.create_table(
        "alerts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("class", sa.String(length=20), nullable=False),
        sa.Column("severity", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("sender_hash", sa.String(length=40), nullable=True),
        sa.Column("session_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("booking_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("owner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("opened_at", schema.Moment(timezone=True), nullable=False),
        sa.Column("last_message_at", schema.Moment(timezone=True), nullable=False),
        sa.Column("acknowledged_at", schema.Moment(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("next_step_at", schema.Moment(timezone=True), nullable=True),
        sa.CheckConstraint("(state = 'resolved') = (outcome IS NOT NULL)", name=op.f("ck_alerts_outcome")),
        sa.CheckConstraint("state IN ('open', 'acknowledged', 'resolved')", name=op.f("ck_alerts_state")),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name=op.f("fk_alerts_booking_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["staff.id"], name=op.f("fk_alerts_owner_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_alerts_person_id")),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_alerts_session_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerts")),
    )
    with op.batch_alter_table("alerts", schema=None) as batch_op:
        batch_op.create_index("ix_alerts_next_step_at", ["next_step_at"], unique=False)
        batch_op.create_index("ix_alerts_session_id", ["session_id"], unique=False)

    op.create_table(
        "attendance",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("booking_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=True),
        sa.Column("started_at", schema.Moment(timezone=True), nullable=True),
        sa.Column("finished_at", schema.Moment(timezone=True), nullable=True),
        sa.Column("staff_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("by_officer", sa.Boolean(), nullable=False),
        sa.Column("reason", crypto.Secret(), nullable=True),
        sa.Column("at", schema.Moment(timezone=True), nullable=False),
        sa.CheckConstraint(
            "status IS NULL OR status IN ('attended', 'late', 'left_early', 'sent_home_behaviour', 'sent_home_service', 'absent', 'stood_down')",
            name=op.f("ck_attendance_status"),
        ),
        sa.CheckConstraint("(started_at IS NULL) = (finished_at IS NULL)", name=op.f("ck_attendance_work")),
        sa.CheckConstraint("finished_at >= started_at", name=op.f("ck_attendance_order")),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name=op.f("fk_attendance_booking_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_attendance_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attendance")),
    )
    with op.batch_alter_table("attendance", schema=None) as batch_op:
        batch_op.create_index("ix_attendance_booking_id", ["booking_id"], unique=False)

    op.create_table(
        "reports",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("booking_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=True),
        sa.Column("band", sa.String(length=1), nullable=True),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("at", schema.Moment(timezone=True), nullable=False),
        sa.Column("minutes_before", sa.Integer(), nullable=False),
        sa.Column("withdrawn_at", schema.Moment(timezone=True), nullable=True),
        sa.CheckConstraint("band IS NULL OR band IN ('a', 'b', 'c')", name=op.f("ck_reports_band")),
        sa.CheckConstraint("kind IN ('cant', 'late')", name=op.f("ck_reports_kind")),
        sa.CheckConstraint(
            "reason IS NULL OR reason IN ('ill', 'work', 'caring', 'appointment', 'travel', 'other')",
            name=op.f("ck_reports_reason"),
        ),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name=op.f("fk_reports_booking_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reports")),
    )
    with op.batch_alter_table("reports", schema=None) as batch_op:
        batch_op.create_index("ix_reports_booking_id", ["booking_id"], unique=False)

    op.create_table(
        "alert_steps",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("alert_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("what", sa.String(length=16), nullable=False),
        sa.Column("staff_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("at", schema.Moment(timezone=True), nullable=False),
        sa.CheckConstraint(
            "what IN ('opened', 'message', 'notified', 'acknowledged', 'passed', 'unmanned', 'lapsed', 'ended', 'resolved')",
            name=op.f("ck_alert_steps_what"),
        ),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name=op.f("fk_alert_steps_alert_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_alert_steps_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_steps")),
    )
    with op.batch_alter_table("alert_steps", schema=None) as batch_op:
        batch_op.create_index("ix_alert_steps_alert_id", ["alert_id"], unique=False)

    op.create_table(
        "inbound",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("door", sa.String(length=10), nullable=False),
        sa.Column("provider_id", sa.String(length=80), nullable=False),
        sa.Column("sender_hash", sa.String(length=40), nullable=True),
        sa.Column("payload", crypto.Secret(), nullable=False),
        sa.Column("received_at", schema.Moment(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("next_attempt_at", schema.Moment(timezone=True), nullable=True),
        sa.Column("error", sa.String(length=80), nullable=True),
        sa.Column("handled_at", schema.Moment(timezone=True), nullable=True),
        sa.Column("alert_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.CheckConstraint("door IN ('telegram', 'twilio')", name=op.f("ck_inbound_door")),
        sa.CheckConstraint("state IN ('stored', 'handled', 'failed')", name=op.f("ck_inbound_state")),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name=op.f("fk_inbound_alert_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbound")),
        sa.UniqueConstraint("door", "provider_id", name=op.f("uq_inbound_door_provider_id")),
    )
    with op.batch_alter_table("inbound", schema=None) as batch_op:
        batch_op.create_index("ix_inbound_sender_hash_received_at", ["sender_hash", "received_at"], unique=False)
        batch_op.create_index(
            "ix_inbound_stored",
            ["id"],
            unique=False,
            sqlite_where=sa.text("state = 'stored'"),
            postgresql_where=sa.text("state = 'stored'"),
        )

    op.create_table(
        "questions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("booking_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("report_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("then", sa.String(length=16), nullable=True),
        sa.Column("asked_at", schema.Moment(timezone=True), nullable=False),
        sa.Column("expires_at", schema.Moment(timezone=True), nullable=False),
        sa.Column("closed_at", schema.Moment(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('coming', 'reason', 'how_late', 'call_when', 'abuse_ok', 'pin', 'wrong_person')",
            name=op.f("ck_questions_kind"),
        ),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name=op.f("fk_questions_booking_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_questions_person_id")),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f("fk_questions_report_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_questions")),
    )
    with op.batch_alter_table("questions", schema=None) as batch_op:
        batch_op.create_index("ix_questions_person_id", ["person_id"], unique=False)

    op.create_table(
        "notices",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("string", sa.String(length=40), nullable=False),
        sa.Column("fields", crypto.SecretJson(), nullable=False),
        sa.Column("lane", sa.Integer(), nullable=False),
        sa.Column("timing", sa.String(length=8), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("staff_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("address", crypto.Secret(), nullable=True),
        sa.Column("channel", sa.String(length=10), nullable=True),
        sa.Column("edits", sa.BigInteger(), nullable=True),
        sa.Column("booking_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("booking_version", sa.Integer(), nullable=True),
        sa.Column("session_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("session_version", sa.Integer(), nullable=True),
        sa.Column("question_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("alert_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("inbound_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("created_at", schema.Moment(timezone=True), nullable=False),
        sa.Column("expires_at", schema.Moment(timezone=True), nullable=False),
        sa.Column("status", sa.String(length=14), nullable=False),
        sa.Column("why", sa.String(length=40), nullable=True),
        sa.Column("told_at", schema.Moment(timezone=True), nullable=True),
        sa.CheckConstraint(
            "purpose IN ('reply', 'safety', 'reminder', 'welcome', 'off', 'moved', 'missed', 'alert', 'late', 'roster', 'link', 'trouble')",
            name=op.f("ck_notices_purpose"),
        ),
        sa.CheckConstraint(
            "status IN ('open', 'told', 'superseded', 'cancelled', 'expired', 'suppressed', 'undeliverable')",
            name=op.f("ck_notices_status"),
        ),
        sa.CheckConstraint("timing IN ('any', 'window', 'closure', 'timely', 'routine')", name=op.f("ck_notices_timing")),
        sa.CheckConstraint("expires_at > created_at", name=op.f("ck_notices_expires_at")),
        sa.CheckConstraint("lane BETWEEN 0 AND 4", name=op.f("ck_notices_lane")),
        sa.CheckConstraint(
            "person_id IS NOT NULL OR staff_id IS NOT NULL OR address IS NOT NULL", name=op.f("ck_notices_recipient")
        ),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name=op.f("fk_notices_alert_id")),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name=op.f("fk_notices_booking_id")),
        sa.ForeignKeyConstraint(["inbound_id"], ["inbound.id"], name=op.f("fk_notices_inbound_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_notices_person_id")),
        sa.ForeignKeyConstraint(["question_id"], ["questions.id"], name=op.f("fk_notices_question_id")),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_notices_session_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_notices_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
        sa.UniqueConstraint("key", name=op.f("uq_notices_key")),
    )
    with op.batch_alter_table("notices", schema=None) as batch_op:
        batch_op.create_index("ix_notices_alert_id", ["alert_id"], unique=False)
        batch_op.create_index("ix_notices_booking_id", ["booking_id"], unique=False)
        batch_op.create_index(
            "ix_notices_open",
            ["id"],
            unique=False,
            sqlite_where=sa.text("status = 'open'"),
            postgresql_where=sa.text("status = 'open'"),
        )
        batch_op.create_index("ix_notices_person_id", ["person_id"], unique=False)
        batch_op.create_index("ix_notices_session_id", ["session_id"], unique=False)

    op.create_table(
        "deliveries",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("token", sa.String(length=32), nullable=False),
        sa.Column("notice_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("action", sa.String(length=8), nullable=False),
        sa.Column("target", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("lane", sa.Integer(), nullable=False),
        sa.Column("counts", sa.Boolean(), nullable=False),
        sa.Column("address", crypto.Secret(), nullable=False),
        sa.Column("address_hash", sa.String(length=40), nullable=False),
        sa.Column("body", crypto.Secret(), nullable=True),
        sa.Column("locale", sa.String(length=16), nullable=True),
        sa.Column("parts", sa.Integer(), nullable=True),
        sa.Column("not_before", schema.Moment(timezone=True), nullable=False),
        sa.Column("expires_at", schema.Moment(timezone=True), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("resends", sa.Integer(), nullable=False),
        sa.Column("checks", sa.Integer(), nullable=False),
        sa.Column("check_at", schema.Moment(timezone=True), nullable=True),
        sa.Column("sending_at", schema.Moment(timezone=True), nullable=True),
        sa.Column("started_at", schema.Moment(timezone=True), nullable=True),
        sa.Column("provider", sa.String(length=10), nullable=True),
        sa.Column("reference", sa.String(length=80), nullable=True),
        sa.Column("error_class", sa.String(length=12), nullable=True),
        sa.Column("error_code", sa.String(length=40), nullable=True),
        sa.Column("accepted_at", schema.Moment(timezone=True), nullable=True),
        sa.Column("sent_at", schema.Moment(timezone=True), nullable=True),
        sa.Column("final_at", schema.Moment(timezone=True), nullable=True),
        sa.Column("deleted_at", schema.Moment(timezone=True), nullable=True),
        sa.Column("created_at", schema.Moment(timezone=True), nullable=False),
        sa.CheckConstraint("action = 'send' OR target IS NOT NULL", name=op.f("ck_deliveries_target")),
        sa.CheckConstraint("action IN ('send', 'edit', 'delete')", name=op.f("ck_deliveries_action")),
        sa.CheckConstraint("channel IN ('sms', 'telegram')", name=op.f("ck_deliveries_channel")),
        sa.CheckConstraint(
            "status <> 'sending' OR (fence IS NOT NULL AND sending_at IS NOT NULL)", name=op.f("ck_deliveries_sending")
        ),
        sa.CheckConstraint(
            "status IN ('pending', 'sending', 'unknown', 'accepted', 'sent', 'delivered', 'undelivered', 'failed', 'cancelled', 'expired')",
            name=op.f("ck_deliveries_status"),
        ),
        sa.CheckConstraint(
            "status NOT IN ('accepted', 'sent') OR accepted_at IS NOT NULL", name=op.f("ck_deliveries_accepted")
        ),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.id"], name=op.f("fk_deliveries_notice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sa.UniqueConstraint("notice_id", "seq", name=op.f("uq_deliveries_notice_id_seq")),
        sa.UniqueConstraint("token", name=op.f("uq_deliveries_token")),
    )
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.create_index("ix_deliveries_address_hash", ["address_hash", "created_at"], unique=False)
        batch_op.create_index(
            "ix_deliveries_pending",
            ["channel", "lane", "not_before", "id"],
            unique=False,
            sqlite_where=sa.text("status = 'pending'"),
            postgresql_where=sa.text("status = 'pending'"),
        )
        batch_op.create_index(
            "ix_deliveries_pending_address",
            ["address_hash", "channel"],
            unique=False,
            sqlite_where=sa.text("status = 'pending'"),
            postgresql_where=sa.text("status = 'pending'"),
        )
        batch_op.create_index(
            "ix_deliveries_unsettled",
            ["channel", "status"],
            unique=False,
            sqlite_where=sa.text("status IN ('sending', 'unknown', 'accepted', 'sent')"),
            postgresql_where=sa.text("status IN ('sending', 'unknown', 'accepted', 'sent')"),
        )
        batch_op.create_index(
            "uq_deliveries_live",
            ["notice_id"],
            unique=True,
            sqlite_where=sa.text("status IN ('pending', 'sending', 'unknown') AND action <> 'delete'"),
            postgresql_where=sa.text("status IN ('pending', 'sending', 'unknown') AND action <> 'delete'"),
        )
        batch_op.create_index(
            "uq_deliveries_provider_reference",
            ["provider", "reference"],
            unique=True,
            sqlite_where=sa.text("reference IS NOT NULL"),
            postgresql_where=sa.text("reference IS NOT NULL"),
        )

    _append_only("hours", "access_log", "alert_steps", "attendance")


def _append_only(*tables: str) -> None:
    """What was written stays: the database itself refuses to change or remove these rows."""
    postgresql = op.get_bind().dialect.name == "postgresql"
    if postgresql:
        op.execute(
            "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'rows of % are only added', TG_TABLE_NAME; END $$"
        )
    for table in tables:
        for change in ("UPDATE", "DELETE"):
            name = f"{table}_no_{change.lower()}"
            if postgresql:
                op.execute(f"CREATE TRIGGER {name} BEFORE {change} ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change()")
            else:
                op.execute(
                    f"CREATE TRIGGER {name} BEFORE {change} ON {table}"
                    f" BEGIN SELECT RAISE(ABORT, 'rows of {table} are only added'); END"
                )
