"""Who leads a session besides its supervisor, kit and pick-up, who came unbooked, and what the late were told"""

import sqlalchemy as sa
from alembic import op

from db import crypto

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "session_staff",
        sa.Column("id", ID, nullable=False),
        sa.Column("session_id", ID, nullable=False),
        sa.Column("staff_id", ID, nullable=False),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_session_staff_session_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_session_staff_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session_staff")),
        sa.UniqueConstraint("session_id", "staff_id", name=op.f("uq_session_staff_session_id_staff_id")),
    )
    with op.batch_alter_table("session_staff", schema=None) as batch_op:
        batch_op.create_index("ix_session_staff_staff_id", ["staff_id"], unique=False)

    op.add_column("people", sa.Column("kit", crypto.Secret(), nullable=True))
    op.add_column("placements", sa.Column("pick_up", crypto.Secret(), nullable=True))
    op.add_column("bookings", sa.Column("pick_up", crypto.Secret(), nullable=True))
    for name in ("walk_in", "hours_wait"):
        op.add_column("bookings", sa.Column(name, sa.Boolean(), server_default="0", nullable=False))
    op.add_column("reports", sa.Column("waited", sa.Boolean(), nullable=True))
