"""What is one person's is found without looking through the workspace"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

INDEXES = (
    ("ix_engagement_contractor", "engagement", ["workspace_id", "contractor_id"]),
    ("ix_pulseanswer_round", "pulseanswer", ["workspace_id", "round_id"]),
    ("ix_person_care", "person", ["workspace_id", "care"]),
    ("ix_healthstanding_person", "healthstanding", ["workspace_id", "person_id"]),
    ("ix_awayperiod_person", "awayperiod", ["workspace_id", "person_id"]),
    ("ix_blocker_contractor", "blocker", ["workspace_id", "contractor_id"]),
)


def upgrade() -> None:
    for name, table, columns in INDEXES:
        op.create_index(name, table, columns)


def downgrade() -> None:
    for name, table, _columns in reversed(INDEXES):
        op.drop_index(name, table)
