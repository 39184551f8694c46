"""What a person and the staff write to each other, entry by entry"""

import sqlalchemy as sa
from alembic import op

from db import crypto, schema

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

PURPOSES = (
    "reply", "safety", "reminder", "welcome", "off", "moved", "missed", "alert", "late", "roster", "link", "trouble",
    "pack", "feedback", "milestone", "ended", "verify", "broadcast", "decision", "task", "conversation",
)  # fmt: skip
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "threads",
        sa.Column("id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("owner_id", ID, nullable=True),
        sa.Column("opened_at", schema.Moment(timezone=True), nullable=False),
        sa.Column("unread_since", schema.Moment(timezone=True), nullable=True),
        sa.Column("due_at", schema.Moment(timezone=True), nullable=True),
        sa.Column("step", sa.Integer(), server_default="0", nullable=False),
        sa.Column("next_step_at", schema.Moment(timezone=True), nullable=True),
        sa.Column("remind_at", schema.Moment(timezone=True), nullable=True),
        sa.Column("closed_at", schema.Moment(timezone=True), nullable=True),
        sa.Column("erased_at", schema.Moment(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_threads_person_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["staff.id"], name=op.f("fk_threads_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_threads")),
        sa.UniqueConstraint("person_id", name=op.f("uq_threads_person_id")),
    )
    unread = sa.text("unread_since IS NOT NULL")
    op.create_index("ix_threads_unread_since", "threads", ["unread_since"], sqlite_where=unread, postgresql_where=unread)

    with op.batch_alter_table("notices") as table:
        table.add_column(sa.Column("thread_id", ID, nullable=True))
        table.create_foreign_key(op.f("fk_notices_thread_id"), "threads", ["thread_id"], ["id"])
        table.drop_constraint(op.f("ck_notices_purpose"), type_="check")
        listed = ", ".join(f"'{purpose}'" for purpose in PURPOSES)
        table.create_check_constraint(op.f("ck_notices_purpose"), f"purpose IN ({listed})")
    of_one = sa.text("thread_id IS NOT NULL")
    op.create_index("ix_notices_thread_id", "notices", ["thread_id"], sqlite_where=of_one, postgresql_where=of_one)

    op.create_table(
        "thread_entries",
        sa.Column("id", ID, nullable=False),
        sa.Column("thread_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("words", crypto.Secret(), nullable=True),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("staff_id", ID, nullable=True),
        sa.Column("inbound_id", ID, nullable=True),
        sa.Column("notice_id", ID, nullable=True),
        sa.Column("at", schema.Moment(timezone=True), nullable=False),
        sa.Column("seen_at", schema.Moment(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('in', 'out', 'seen', 'later', 'passed', 'moved', 'climbed', 'closed')",
            name=op.f("ck_thread_entries_kind"),
        ),
        sa.ForeignKeyConstraint(["thread_id"], ["threads.id"], name=op.f("fk_thread_entries_thread_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_thread_entries_staff_id")),
        sa.ForeignKeyConstraint(["inbound_id"], ["inbound.id"], name=op.f("fk_thread_entries_inbound_id")),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.id"], name=op.f("fk_thread_entries_notice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_thread_entries")),
    )
    op.create_index("ix_thread_entries_thread_id", "thread_entries", ["thread_id"])
