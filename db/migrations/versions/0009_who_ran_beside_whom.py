"""Since when a process runs, and whether it ended as it was told to

Signs of before are kept: of those processes it is not known when they began, so none is missed beside another.
"""

import sqlalchemy as sa
from alembic import op

from db import schema

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("heartbeats", sa.Column("began", schema.Moment(timezone=True), nullable=True))
    op.add_column("heartbeats", sa.Column("ended", sa.Boolean(), server_default="0", nullable=False))
