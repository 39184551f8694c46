"""Who is on duty, who swaps with whom, who is away"""

import sqlalchemy as sa
from alembic import op

from db import crypto, schema

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

STEPS = (
    "opened", "message", "notified", "acknowledged", "taken_over", "read", "passed", "unmanned", "lapsed", "ended",
    "resolved",
)  # fmt: skip
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "rota",
        sa.Column("id", ID, nullable=False),
        sa.Column("duty", sa.String(length=8), nullable=False),
        sa.Column("staff_id", ID, nullable=False),
        sa.Column("starts_at", schema.Moment(timezone=True), nullable=False),
        sa.Column("ends_at", schema.Moment(timezone=True), nullable=False),
        sa.Column("note", crypto.Secret(), nullable=True),
        sa.Column("made_by", sa.String(length=80), nullable=False),
        sa.Column("made_at", schema.Moment(timezone=True), nullable=False),
        sa.Column("ended_at", schema.Moment(timezone=True), nullable=True),
        sa.Column("told_at", schema.Moment(timezone=True), nullable=True),
        sa.CheckConstraint("duty IN ('first', 'second', 'lead')", name=op.f("ck_rota_duty")),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_rota_order")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_rota_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rota")),
    )
    op.create_index("ix_rota_ends_at", "rota", ["ends_at"])
    op.create_table(
        "rota_swaps",
        sa.Column("id", ID, nullable=False),
        sa.Column("turn_id", ID, nullable=False),
        sa.Column("staff_id", ID, nullable=False),
        sa.Column("asked_by", sa.String(length=80), nullable=False),
        sa.Column("asked_at", schema.Moment(timezone=True), nullable=False),
        sa.Column("answer", sa.String(length=3), nullable=True),
        sa.Column("answered_at", schema.Moment(timezone=True), nullable=True),
        sa.CheckConstraint("answer IS NULL OR answer IN ('yes', 'no')", name=op.f("ck_rota_swaps_answer")),
        sa.ForeignKeyConstraint(["turn_id"], ["rota.id"], name=op.f("fk_rota_swaps_turn_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_rota_swaps_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rota_swaps")),
    )
    op.create_index("ix_rota_swaps_turn_id", "rota_swaps", ["turn_id"])
    op.create_table(
        "leave",
        sa.Column("id", ID, nullable=False),
        sa.Column("staff_id", ID, nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("deputy_id", ID, nullable=True),
        sa.Column("made_by", sa.String(length=80), nullable=False),
        sa.Column("made_at", schema.Moment(timezone=True), nullable=False),
        sa.Column("ended_at", schema.Moment(timezone=True), nullable=True),
        sa.CheckConstraint("last_day >= first_day", name=op.f("ck_leave_order")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_leave_staff_id")),
        sa.ForeignKeyConstraint(["deputy_id"], ["staff.id"], name=op.f("fk_leave_deputy_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_leave")),
    )
    op.create_index("ix_leave_last_day", "leave", ["last_day"])
    with op.batch_alter_table("alert_steps") as table:
        table.drop_constraint(op.f("ck_alert_steps_what"), type_="check")
        listed = ", ".join(f"'{what}'" for what in STEPS)
        table.create_check_constraint(op.f("ck_alert_steps_what"), f"what IN ({listed})")
    if op.get_bind().dialect.name == "sqlite":
        _refuse_change_again()


def _refuse_change_again() -> None:
    """SQLite made the table anew, without what kept its rows from being changed."""
    for change in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER alert_steps_no_{change.lower()} BEFORE {change} ON alert_steps"
            " BEGIN SELECT RAISE(ABORT, 'rows of alert_steps are only added'); END"
        )
