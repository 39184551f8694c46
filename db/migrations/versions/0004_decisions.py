"""Decisions of officers on absences, and how tasks are worked: asleep, overdue, ended how and by whom"""

import sqlalchemy as sa
from alembic import op

from db import crypto, schema

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

PURPOSES = (
    "reply", "safety", "reminder", "welcome", "off", "moved", "missed", "alert", "late", "roster", "link", "trouble",
    "pack", "feedback", "milestone", "ended", "verify", "broadcast", "decision", "task",
)  # fmt: skip
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "decisions",
        sa.Column("id", ID, nullable=False),
        sa.Column("booking_id", ID, nullable=False),
        sa.Column("report_id", ID, nullable=True),
        sa.Column("decision", sa.String(length=14), nullable=False),
        sa.Column("proof", sa.String(length=40), nullable=True),
        sa.Column("proof_due", sa.Date(), nullable=True),
        sa.Column("staff_id", ID, nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("reason", crypto.Secret(), nullable=True),
        sa.Column("at", schema.Moment(timezone=True), nullable=False),
        sa.CheckConstraint(
            "decision IN ('accepted', 'not_accepted', 'more_info', 'withdrawn')", name=op.f("ck_decisions_decision")
        ),
        sa.CheckConstraint("proof_due IS NULL OR proof IS NOT NULL", name=op.f("ck_decisions_proof")),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name=op.f("fk_decisions_booking_id")),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f("fk_decisions_report_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_decisions_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decisions")),
    )
    op.create_index("ix_decisions_booking_id", "decisions", ["booking_id"])
    op.create_index("ix_decisions_proof_due", "decisions", ["proof_due"])
    _append_only("decisions")

    for column in (
        sa.Column("wakes_at", schema.Moment(timezone=True), nullable=True),
        sa.Column("climbed_at", schema.Moment(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=20), nullable=True),
        sa.Column("closed_by", sa.String(length=80), nullable=True),
    ):
        op.add_column("tasks", column)
    op.create_index("ix_tasks_owner_id", "tasks", ["owner_id"])

    with op.batch_alter_table("notices") as table:
        table.drop_constraint(op.f("ck_notices_purpose"), type_="check")
        listed = ", ".join(f"'{purpose}'" for purpose in PURPOSES)
        table.create_check_constraint(op.f("ck_notices_purpose"), f"purpose IN ({listed})")


def _append_only(table: str) -> None:
    """As of the tables of 0001: the database itself refuses to change or remove these rows."""
    postgresql = op.get_bind().dialect.name == "postgresql"
    for change in ("UPDATE", "DELETE"):
        begun = f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table}"
        if postgresql:
            op.execute(f"{begun} FOR EACH ROW EXECUTE FUNCTION refuse_change()")
        else:
            op.execute(f"{begun} BEGIN SELECT RAISE(ABORT, 'rows of {table} are only added'); END")
