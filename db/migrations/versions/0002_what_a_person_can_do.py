"""What a person can do: home-working packs, feedback, a pause, an interpreter, a number in doubt"""

import sqlalchemy as sa
from alembic import op
from alembic.operations import BatchOperations

from db import crypto, schema

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

QUESTIONS = (
    "coming", "reason", "how_late", "call_when", "abuse_ok", "pin", "wrong_person", "more", "language", "pause",
    "window", "which_pack", "which_place", "pack_asked", "pack_done", "feedback", "exit", "details",
)  # fmt: skip
PURPOSES = (
    "reply", "safety", "reminder", "welcome", "off", "moved", "missed", "alert", "late", "roster", "link", "trouble",
    "pack", "feedback", "milestone", "ended", "verify",
)  # fmt: skip
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "feedback_answers",
        sa.Column("id", ID, nullable=False),
        sa.Column("sheet", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("questionnaire", sa.String(length=20), nullable=False),
        sa.Column("question", sa.String(length=20), nullable=False),
        sa.Column("answer", sa.String(length=20), nullable=True),
        sa.Column("words", crypto.Secret(), nullable=True),
        sa.Column("activity", sa.String(length=16), nullable=False),
        sa.Column("placement_kind", sa.String(length=20), nullable=True),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback_answers")),
        sa.UniqueConstraint("sheet", "question", name=op.f("uq_feedback_answers_sheet_question")),
    )
    op.create_table(
        "pack_requests",
        sa.Column("id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("order_id", ID, nullable=False),
        sa.Column("pack_id", ID, nullable=True),
        sa.Column("placement_id", ID, nullable=True),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("asked_at", schema.Moment(timezone=True), nullable=False),
        sa.Column("decided_at", schema.Moment(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(length=80), nullable=True),
        sa.Column("reason", crypto.Secret(), nullable=True),
        sa.Column("ready_at", schema.Moment(timezone=True), nullable=True),
        sa.Column("collected_at", schema.Moment(timezone=True), nullable=True),
        sa.Column("return_by", sa.Date(), nullable=True),
        sa.Column("finished_at", schema.Moment(timezone=True), nullable=True),
        sa.Column("closed_at", schema.Moment(timezone=True), nullable=True),
        sa.Column("hours_ref", sa.String(length=64), nullable=True),
        sa.CheckConstraint(
            "status IN ('asked', 'waiting', 'approved', 'ready', 'out', 'finished', 'credited', 'declined', 'withdrawn', 'returned', 'booked')",
            name=op.f("ck_pack_requests_status"),
        ),
        sa.CheckConstraint("(pack_id IS NULL) <> (placement_id IS NULL)", name=op.f("ck_pack_requests_one_subject")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_pack_requests_order_id")),
        sa.ForeignKeyConstraint(["pack_id"], ["packs.id"], name=op.f("fk_pack_requests_pack_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_pack_requests_person_id")),
        sa.ForeignKeyConstraint(["placement_id"], ["placements.id"], name=op.f("fk_pack_requests_placement_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pack_requests")),
    )
    with op.batch_alter_table("pack_requests", schema=None) as batch_op:
        batch_op.create_index("ix_pack_requests_person_id", ["person_id"], unique=False)
        batch_op.create_index(
            "uq_pack_requests_open",
            ["person_id"],
            unique=True,
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        )

    op.create_table(
        "feedback_rounds",
        sa.Column("id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("order_id", ID, nullable=True),
        sa.Column("booking_id", ID, nullable=True),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("questionnaire", sa.String(length=20), nullable=False),
        sa.Column("sheet", sa.String(length=32), nullable=True),
        sa.Column("next_question", sa.String(length=20), nullable=True),
        sa.Column("activity", sa.String(length=16), nullable=True),
        sa.Column("placement_kind", sa.String(length=20), nullable=True),
        sa.Column("asked_at", schema.Moment(timezone=True), nullable=False),
        sa.Column("heard_at", schema.Moment(timezone=True), nullable=False),
        sa.Column("expires_at", schema.Moment(timezone=True), nullable=False),
        sa.Column("reminded_at", schema.Moment(timezone=True), nullable=True),
        sa.Column("closed_at", schema.Moment(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('session', 'exit', 'asked')", name=op.f("ck_feedback_rounds_kind")),
        sa.CheckConstraint(
            "(closed_at IS NULL) = (sheet IS NOT NULL) AND (closed_at IS NULL OR (next_question IS NULL"
            " AND activity IS NULL AND placement_kind IS NULL))",
            name=op.f("ck_feedback_rounds_apart"),
        ),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name=op.f("fk_feedback_rounds_booking_id")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_feedback_rounds_order_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_feedback_rounds_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback_rounds")),
    )
    with op.batch_alter_table("feedback_rounds", schema=None) as batch_op:
        batch_op.create_index("ix_feedback_rounds_person_id", ["person_id"], unique=False)

    op.create_table(
        "pack_photos",
        sa.Column("id", ID, nullable=False),
        sa.Column("pack_request_id", ID, nullable=False),
        sa.Column("file", crypto.Secret(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("image", crypto.Secret(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", schema.Moment(timezone=True), nullable=False),
        sa.Column("at", schema.Moment(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('wanted', 'kept', 'unusable')", name=op.f("ck_pack_photos_state")),
        sa.ForeignKeyConstraint(["pack_request_id"], ["pack_requests.id"], name=op.f("fk_pack_photos_pack_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pack_photos")),
    )
    with op.batch_alter_table("pack_photos", schema=None) as batch_op:
        batch_op.create_index("ix_pack_photos_pack_request_id", ["pack_request_id"], unique=False)
        batch_op.create_index(
            "ix_pack_photos_wanted",
            ["next_attempt_at"],
            unique=False,
            sqlite_where=sa.text("state = 'wanted'"),
            postgresql_where=sa.text("state = 'wanted'"),
        )

    op.create_index("ix_hours_at", "hours", ["at"])
    absent = sa.text("status = 'absent'")
    op.create_index("ix_attendance_absent", "attendance", ["at"], sqlite_where=absent, postgresql_where=absent)
    op.add_column("orders", sa.Column("ended_at", schema.Moment(timezone=True), nullable=True))
    op.add_column("people", sa.Column("paused_until", schema.Moment(timezone=True), nullable=True))
    op.add_column("people", sa.Column("interpreter", sa.Boolean(), server_default="0", nullable=False))
    op.add_column("people", sa.Column("doubted_at", schema.Moment(timezone=True), nullable=True))
    op.add_column("people", sa.Column("feedback_ok", sa.Boolean(), server_default="1", nullable=False))
    op.add_column("people", sa.Column("erased_at", schema.Moment(timezone=True), nullable=True))
    with op.batch_alter_table("questions") as table:
        table.add_column(sa.Column("pack_request_id", ID, nullable=True))
        table.add_column(sa.Column("feedback_round_id", ID, nullable=True))
        table.create_foreign_key(op.f("fk_questions_pack_request_id"), "pack_requests", ["pack_request_id"], ["id"])
        table.create_foreign_key(op.f("fk_questions_feedback_round_id"), "feedback_rounds", ["feedback_round_id"], ["id"])
        _one_of(table, "questions", "kind", QUESTIONS)
    with op.batch_alter_table("notices") as table:
        table.add_column(sa.Column("pack_request_id", ID, nullable=True))
        table.add_column(sa.Column("pack_version", sa.Integer(), nullable=True))
        table.create_foreign_key(op.f("fk_notices_pack_request_id"), "pack_requests", ["pack_request_id"], ["id"])
        _one_of(table, "notices", "purpose", PURPOSES)
    op.drop_index("ix_deliveries_pending_address", table_name="deliveries")
    retried = sa.text("status = 'pending' AND attempts > 0")
    op.create_index(
        "ix_deliveries_retried",
        "deliveries",
        ["address_hash", "channel"],
        sqlite_where=retried,
        postgresql_where=retried,
    )
    refused = sa.text("error_class = 'config'")
    op.create_index(
        "ix_deliveries_refused",
        "deliveries",
        ["channel", "final_at"],
        sqlite_where=refused,
        postgresql_where=refused,
    )
    stands = sa.text("channel = 'telegram' AND action = 'send' AND status = 'delivered' AND deleted_at IS NULL")
    op.create_index("ix_deliveries_in_chats", "deliveries", ["accepted_at"], sqlite_where=stands, postgresql_where=stands)
    op.add_column("pauses", sa.Column("seconds", sa.Integer(), server_default="60", nullable=False))


def _one_of(table: BatchOperations, name: str, column: str, values: tuple[str, ...]) -> None:
    table.drop_constraint(op.f(f"ck_{name}_{column}"), type_="check")
    listed = ", ".join(f"'{value}'" for value in values)
    table.create_check_constraint(op.f(f"ck_{name}_{column}"), f"{column} IN ({listed})")
