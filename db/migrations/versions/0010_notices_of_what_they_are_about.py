"""A notice is indexed by what it is about, and by nothing that it is not about"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

ABOUT = ("booking_id", "session_id", "alert_id")


def upgrade() -> None:
    for column in ABOUT:
        there = sa.text(f"{column} IS NOT NULL")
        op.drop_index(f"ix_notices_{column}", table_name="notices")
        op.create_index(f"ix_notices_{column}", "notices", [column], sqlite_where=there, postgresql_where=there)
