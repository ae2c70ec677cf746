"""Whose zone was never told is in their manager's"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("person", sa.Column("zone_told", sa.Boolean(), nullable=False, server_default=sa.text("false")))
    person = sa.table(
        "person", sa.column("zone"), sa.column("zone_told"), sa.column("hours_confirmed"), sa.column("zone_agreed")
    )
    told = sa.or_(person.c.zone != "UTC", person.c.hours_confirmed == sa.true(), person.c.zone_agreed == sa.true())
    op.execute(person.update().where(told).values(zone_told=sa.true()))


def downgrade() -> None:
    op.drop_column("person", "zone_told")
