"""What staff do on their phones: decisions, conversations, a rota, broadcasts"""

import sqlalchemy as sa
from alembic import op

from db import crypto, schema

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

PURPOSES = (
    "reply", "safety", "reminder", "welcome", "off", "moved", "missed", "alert", "late", "roster", "link", "trouble",
    "pack", "feedback", "milestone", "ended", "verify", "broadcast", "conversation", "decision", "late_answer",
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
        sa.Column("corrects_id", ID, nullable=True),
        sa.Column("again_until", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('off', 'moved', 'place', 'late', 'weather', 'words', 'suspension', 'lifted', 'reduction')",
            name=op.f("ck_broadcasts_kind"),
        ),
        sa.CheckConstraint(
            "status IN ('draft', 'checked', 'held', 'sending', 'done', 'stopped')", name=op.f("ck_broadcasts_status")
        ),
        sa.ForeignKeyConstraint(["corrects_id"], ["broadcasts.id"], name=op.f("fk_broadcasts_corrects_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_broadcasts_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_broadcasts")),
    )
    with op.batch_alter_table("broadcasts", schema=None) as batch_op:
        batch_op.create_index("ix_broadcasts_status", ["status"], unique=False)

    op.create_table(
        "leave",
        sa.Column("id", ID, nullable=False),
        sa.Column("staff_id", ID, nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.CheckConstraint("last_day >= first_day", name=op.f("ck_leave_order")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_leave_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_leave")),
    )
    with op.batch_alter_table("leave", schema=None) as batch_op:
        batch_op.create_index("ix_leave_staff_id", ["staff_id"], unique=False)

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
        sa.CheckConstraint("duty IN ('first', 'second', 'lead')", name=op.f("ck_rota_duty")),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_rota_order")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_rota_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rota")),
    )
    with op.batch_alter_table("rota", schema=None) as batch_op:
        batch_op.create_index("ix_rota_ends_at", ["ends_at"], unique=False)

    op.create_table(
        "threads",
        sa.Column("id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("owner_id", ID, nullable=True),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("opened_at", schema.Moment(timezone=True), nullable=False),
        sa.Column("last_in_at", schema.Moment(timezone=True), nullable=False),
        sa.Column("seen_at", schema.Moment(timezone=True), nullable=True),
        sa.Column("answered_at", schema.Moment(timezone=True), nullable=True),
        sa.Column("closed_at", schema.Moment(timezone=True), nullable=True),
        sa.Column("step", sa.Integer(), server_default="0", nullable=False),
        sa.Column("next_step_at", schema.Moment(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('open', 'answered', 'closed')", name=op.f("ck_threads_state")),
        sa.ForeignKeyConstraint(["owner_id"], ["staff.id"], name=op.f("fk_threads_owner_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_threads_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_threads")),
    )
    with op.batch_alter_table("threads", schema=None) as batch_op:
        batch_op.create_index("ix_threads_next_step_at", ["next_step_at"], unique=False)
        batch_op.create_index(
            "uq_threads_live",
            ["person_id"],
            unique=True,
            sqlite_where=sa.text("state <> 'closed'"),
            postgresql_where=sa.text("state <> 'closed'"),
        )

    op.create_table(
        "session_staff",
        sa.Column("id", ID, nullable=False),
        sa.Column("session_id", ID, nullable=False),
        sa.Column("staff_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=6), nullable=False),
        sa.CheckConstraint("kind IN ('also', 'cover')", name=op.f("ck_session_staff_kind")),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_session_staff_session_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_session_staff_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session_staff")),
        sa.UniqueConstraint("session_id", "staff_id", name=op.f("uq_session_staff_session_id_staff_id")),
    )
    with op.batch_alter_table("session_staff", schema=None) as batch_op:
        batch_op.create_index("ix_session_staff_staff_id", ["staff_id"], unique=False)

    op.create_table(
        "decisions",
        sa.Column("id", ID, nullable=False),
        sa.Column("booking_id", ID, nullable=False),
        sa.Column("report_id", ID, nullable=True),
        sa.Column("decision", sa.String(length=14), nullable=False),
        sa.Column("proof", sa.String(length=20), nullable=True),
        sa.Column("proof_due", sa.Date(), nullable=True),
        sa.Column("staff_id", ID, nullable=True),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("reason", crypto.Secret(), nullable=True),
        sa.Column("at", schema.Moment(timezone=True), nullable=False),
        sa.CheckConstraint(
            "decision IN ('accepted', 'not_accepted', 'more_info', 'withdrawn')", name=op.f("ck_decisions_decision")
        ),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name=op.f("fk_decisions_booking_id")),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f("fk_decisions_report_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_decisions_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decisions")),
    )
    with op.batch_alter_table("decisions", schema=None) as batch_op:
        batch_op.create_index("ix_decisions_booking_id", ["booking_id"], unique=False)

    op.create_table(
        "staff_questions",
        sa.Column("id", ID, nullable=False),
        sa.Column("staff_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("person_id", ID, nullable=True),
        sa.Column("booking_id", ID, nullable=True),
        sa.Column("thread_id", ID, nullable=True),
        sa.Column("broadcast_id", ID, nullable=True),
        sa.Column("alert_id", ID, nullable=True),
        sa.Column("task_id", ID, nullable=True),
        sa.Column("so_far", crypto.SecretJson(), nullable=True),
        sa.Column("asked_at", schema.Moment(timezone=True), nullable=False),
        sa.Column("expires_at", schema.Moment(timezone=True), nullable=False),
        sa.Column("closed_at", schema.Moment(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name=op.f("fk_staff_questions_alert_id")),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name=op.f("fk_staff_questions_booking_id")),
        sa.ForeignKeyConstraint(["broadcast_id"], ["broadcasts.id"], name=op.f("fk_staff_questions_broadcast_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_staff_questions_person_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_questions_staff_id")),
        sa.ForeignKeyConstraint(["task_id"], ["tasks.id"], name=op.f("fk_staff_questions_task_id")),
        sa.ForeignKeyConstraint(["thread_id"], ["threads.id"], name=op.f("fk_staff_questions_thread_id")),
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
        sa.Column("answer", sa.String(length=6), nullable=True),
        sa.Column("answered_at", schema.Moment(timezone=True), nullable=True),
        sa.Column("chased_at", schema.Moment(timezone=True), nullable=True),
        sa.CheckConstraint("answer IS NULL OR answer IN ('coming', 'cant', 'ok')", name=op.f("ck_broadcast_people_answer")),
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

    op.add_column("people", sa.Column("kit", crypto.Secret(), nullable=True))
    op.add_column("bookings", sa.Column("pick_up", sa.String(length=80), nullable=True))
    op.add_column("bookings", sa.Column("walked_in", sa.Boolean(), server_default="0", nullable=False))
    with op.batch_alter_table("reports") as table:
        table.add_column(sa.Column("verdict", sa.String(length=4), nullable=True))
        table.add_column(sa.Column("verdict_at", schema.Moment(timezone=True), nullable=True))
        table.create_check_constraint(op.f("ck_reports_verdict"), "verdict IS NULL OR verdict IN ('wait', 'go')")
    with op.batch_alter_table("inbound") as table:
        table.add_column(sa.Column("person_id", ID, nullable=True))
        table.create_foreign_key(op.f("fk_inbound_person_id"), "people", ["person_id"], ["id"])
    with op.batch_alter_table("notices") as table:
        table.add_column(sa.Column("broadcast_id", ID, nullable=True))
        table.add_column(sa.Column("thread_id", ID, nullable=True))
        table.create_foreign_key(op.f("fk_notices_broadcast_id"), "broadcasts", ["broadcast_id"], ["id"])
        table.create_foreign_key(op.f("fk_notices_thread_id"), "threads", ["thread_id"], ["id"])
        table.drop_constraint(op.f("ck_notices_purpose"), type_="check")
        listed = ", ".join(f"'{purpose}'" for purpose in PURPOSES)
        table.create_check_constraint(op.f("ck_notices_purpose"), f"purpose IN ({listed})")
    _append_only("decisions")


def _append_only(table: str) -> None:
    for change in ("UPDATE", "DELETE"):
        name = f"{table}_no_{change.lower()}"
        if op.get_bind().dialect.name == "postgresql":
            op.execute(f"CREATE TRIGGER {name} BEFORE {change} ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change()")
        else:
            op.execute(
                f"CREATE TRIGGER {name} BEFORE {change} ON {table}"
                f" BEGIN SELECT RAISE(ABORT, 'rows of {table} are only added'); END"
            )
