"""What staff tell many people at once, and what they were asked on the way there"""

import sqlalchemy as sa
from alembic import op

from db import crypto, schema

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

PURPOSES = (
    "reply", "safety", "reminder", "welcome", "off", "moved", "missed", "alert", "late", "roster", "link", "trouble",
    "pack", "feedback", "milestone", "ended", "verify", "broadcast",
)  # fmt: skip
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "broadcasts",
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.Column("what", crypto.SecretJson(), nullable=False),
        sa.Column("who", crypto.SecretJson(), nullable=False),
        sa.Column("staff_id", ID, nullable=True),
        sa.Column("made_by", sa.String(length=80), nullable=False),
        sa.Column("made_at", schema.Moment(timezone=True), nullable=False),
        sa.Column("second", sa.String(length=80), nullable=True),
        sa.Column("approved_by", sa.String(length=80), nullable=True),
        sa.Column("approved_at", schema.Moment(timezone=True), nullable=True),
        sa.Column("break_glass", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("reviewed_at", schema.Moment(timezone=True), nullable=True),
        sa.Column("confirmed_at", schema.Moment(timezone=True), nullable=True),
        sa.Column("hold_until", schema.Moment(timezone=True), nullable=True),
        sa.Column("begun_at", schema.Moment(timezone=True), nullable=True),
        sa.Column("finished_at", schema.Moment(timezone=True), nullable=True),
        sa.Column("stopped_at", schema.Moment(timezone=True), nullable=True),
        sa.Column("again_until", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('off', 'moved', 'place', 'late', 'weather', 'words', 'suspension', 'lifted', 'reduction')",
            name=op.f("ck_broadcasts_kind"),
        ),
        sa.CheckConstraint(
            "status IN ('draft', 'checked', 'held', 'sending', 'done', 'stopped')", name=op.f("ck_broadcasts_status")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_broadcasts_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_broadcasts")),
    )
    with op.batch_alter_table("broadcasts", schema=None) as batch_op:
        batch_op.create_index("ix_broadcasts_status", ["status"], unique=False)

    op.create_table(
        "staff_questions",
        sa.Column("id", ID, nullable=False),
        sa.Column("staff_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("so_far", crypto.SecretJson(), nullable=True),
        sa.Column("asked_at", schema.Moment(timezone=True), nullable=False),
        sa.Column("expires_at", schema.Moment(timezone=True), nullable=False),
        sa.Column("closed_at", schema.Moment(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_questions_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_questions")),
    )
    with op.batch_alter_table("staff_questions", schema=None) as batch_op:
        batch_op.create_index("ix_staff_questions_staff_id", ["staff_id"], unique=False)

    op.create_table(
        "broadcast_people",
        sa.Column("id", ID, nullable=False),
        sa.Column("broadcast_id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("booking_id", ID, nullable=True),
        sa.Column("notice_id", ID, nullable=True),
        sa.Column("left_out", sa.String(length=20), nullable=True),
        sa.Column("chased_at", schema.Moment(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name=op.f("fk_broadcast_people_booking_id")),
        sa.ForeignKeyConstraint(["broadcast_id"], ["broadcasts.id"], name=op.f("fk_broadcast_people_broadcast_id")),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.id"], name=op.f("fk_broadcast_people_notice_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_broadcast_people_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_broadcast_people")),
        sa.UniqueConstraint(
            "broadcast_id", "person_id", "booking_id", name=op.f("uq_broadcast_people_broadcast_id_person_id_booking_id")
        ),
    )
    with op.batch_alter_table("broadcast_people", schema=None) as batch_op:
        batch_op.create_index("ix_broadcast_people_person_id", ["person_id"], unique=False)
        batch_op.create_index("ix_broadcast_people_notice_id", ["notice_id"], unique=False)

    with op.batch_alter_table("notices") as table:
        table.add_column(sa.Column("broadcast_id", ID, nullable=True))
        table.create_foreign_key(op.f("fk_notices_broadcast_id"), "broadcasts", ["broadcast_id"], ["id"])
        table.drop_constraint(op.f("ck_notices_purpose"), type_="check")
        listed = ", ".join(f"'{purpose}'" for purpose in PURPOSES)
        table.create_check_constraint(op.f("ck_notices_purpose"), f"purpose IN ({listed})")
    of_one = sa.text("broadcast_id IS NOT NULL")
    op.create_index("ix_notices_broadcast_id", "notices", ["broadcast_id"], sqlite_where=of_one, postgresql_where=of_one)
