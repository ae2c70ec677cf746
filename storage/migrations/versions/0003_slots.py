"""When channels, workspaces and calls are free again, for replicas that share a database"""

import sqlalchemy as sa
from alembic import op

from storage.database import Instant

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "slot",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("lane", sa.String(), nullable=False),
        sa.Column("free_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "lane"),
    )
    with op.batch_alter_table("slot", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_slot_free_at"), ["free_at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("slot", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_slot_free_at"))
    op.drop_table("slot")
