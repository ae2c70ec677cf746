"""Everything, to begin with"""

import sqlalchemy as sa
from alembic import op

from storage.database import Instant

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.create_table(
        "occurrence",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.Integer(), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("occurrence", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_occurrence_due_at"), ["due_at"], unique=False)
        batch_op.create_index("ix_occurrence_subject", ["workspace_id", "kind", "subject"], unique=True)
        batch_op.create_index(batch_op.f("ix_occurrence_workspace_id"), ["workspace_id"], unique=False)

    op.create_table(
        "person",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("locale", sa.String(), nullable=False),
        sa.Column("country", sa.String(), nullable=False),
        sa.Column("days", sa.String(), nullable=False),
        sa.Column("starts", sa.Time(), nullable=False),
        sa.Column("ends", sa.Time(), nullable=False),
        sa.Column("hours_confirmed", sa.Boolean(), nullable=False),
        sa.Column("zone_agreed", sa.Boolean(), nullable=False),
        sa.Column("guest", sa.Boolean(), nullable=False),
        sa.Column("admin", sa.Boolean(), nullable=False),
        sa.Column("workspace_admin", sa.Boolean(), nullable=False),
        sa.Column("care", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("external", sa.Boolean(), nullable=False),
        sa.Column("direct", sa.String(), nullable=False),
        sa.Column("unreachable", sa.String(), nullable=False),
        sa.Column("welcomed_at", Instant(), nullable=True),
        sa.Column("muted_until", Instant(), nullable=True),
        sa.Column("away_from", sa.Date(), nullable=True),
        sa.Column("away_until", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.create_index("ix_person_email", ["workspace_id", "email"], unique=False)
        batch_op.create_index(batch_op.f("ix_person_workspace_id"), ["workspace_id"], unique=False)
        batch_op.create_index(
            "uq_person_user",
            ["workspace_id", "user"],
            unique=True,
            sqlite_where=sa.text("user <> ''"),
            postgresql_where=sa.text("\"user\" <> ''"),
        )

    op.create_table(
        "seen",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "id"),
    )
    with op.batch_alter_table("seen", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_seen_at"), ["at"], unique=False)

    op.create_table(
        "transfer",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("file", sa.String(), nullable=False),
        sa.Column("new", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("transfer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_transfer_workspace_id"), ["workspace_id"], unique=False)

    op.create_table(
        "workspace",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("team", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("bot_user", sa.String(), nullable=False),
        sa.Column("care_channel", sa.String(), nullable=False),
        sa.Column("intro_channel", sa.String(), nullable=False),
        sa.Column("care_seeded", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("platform", "team"),
    )
    op.create_table(
        "awayperiod",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("awayperiod", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_awayperiod_person_id"), ["person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_awayperiod_workspace_id"), ["workspace_id"], unique=False)

    op.create_table(
        "blockerdraft",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("whom", sa.String(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("blockerdraft", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_blockerdraft_person_id"), ["person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_blockerdraft_workspace_id"), ["workspace_id"], unique=False)

    op.create_table(
        "delivery",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("thread", sa.String(), nullable=False),
        sa.Column("updates", sa.String(), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("next_at", Instant(), nullable=False),
        sa.Column("not_after", Instant(), nullable=True),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("ambiguous", sa.Boolean(), nullable=False),
        sa.Column("boot", sa.String(), nullable=False),
        sa.Column("lease_until", Instant(), nullable=True),
        sa.Column("landed_channel", sa.String(), nullable=False),
        sa.Column("landed_message", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("done_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("workspace_id", "key"),
    )
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_delivery_person_id"), ["person_id"], unique=False)
        batch_op.create_index("ix_delivery_state_next", ["state", "next_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_delivery_workspace_id"), ["workspace_id"], unique=False)

    op.create_table(
        "engagement",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contractor_id", sa.Integer(), nullable=False),
        sa.Column("manager_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("bottleneck", sa.String(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("jurisdiction", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("buddy_id", sa.Integer(), nullable=True),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("lead_id", sa.Integer(), nullable=True),
        sa.Column("operations_id", sa.Integer(), nullable=True),
        sa.Column("template", sa.String(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["contractor_id"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["manager_id"],
            ["person.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("engagement", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_engagement_contractor_id"), ["contractor_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_engagement_manager_id"), ["manager_id"], unique=False)
        batch_op.create_index("ix_engagement_team", ["workspace_id", "manager_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_engagement_workspace_id"), ["workspace_id"], unique=False)

    op.create_table(
        "healthalert",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("raised_at", Instant(), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("notices", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("reasons", sa.String(), nullable=False),
        sa.Column("latest", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("taken_by", sa.Integer(), nullable=True),
        sa.Column("snoozed_until", sa.Date(), nullable=True),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("closed_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("healthalert", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_healthalert_person_id"), ["person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_healthalert_state"), ["state"], unique=False)
        batch_op.create_index(batch_op.f("ix_healthalert_workspace_id"), ["workspace_id"], unique=False)

    op.create_table(
        "healthstanding",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("told", sa.String(), nullable=False),
        sa.Column("calm_since", sa.Integer(), nullable=True),
        sa.Column("quiet_until", sa.Integer(), nullable=False),
        sa.Column("alerted_week", sa.Integer(), nullable=False),
        sa.Column("snoozed_until", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("person_id"),
    )
    with op.batch_alter_table("healthstanding", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_healthstanding_workspace_id"), ["workspace_id"], unique=False)

    op.create_table(
        "pulseround",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("week", sa.String(), nullable=False),
        sa.Column("questions", sa.String(), nullable=False),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("closes_at", Instant(), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("comment", sa.String(), nullable=False),
        sa.Column("slowing", sa.String(), nullable=False),
        sa.Column("comment_seen", sa.String(), nullable=False),
        sa.Column("submitted_at", Instant(), nullable=True),
        sa.Column("sent_comment", sa.String(), nullable=False),
        sa.Column("sent_slowing", sa.String(), nullable=False),
        sa.Column("sent_comment_seen", sa.String(), nullable=False),
        sa.Column("blocker_id", sa.Integer(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("mean", sa.Float(), nullable=True),
        sa.Column("heavy", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("person_id", "week"),
    )
    with op.batch_alter_table("pulseround", schema=None) as batch_op:
        batch_op.create_index(
            "ix_pulseround_health", ["workspace_id", "person_id", "week", "outcome", "mean"], unique=False
        )
        batch_op.create_index(
            "ix_pulseround_heavy",
            ["workspace_id", "person_id", "week"],
            unique=False,
            sqlite_where=sa.text("heavy = 1"),
            postgresql_where=sa.text("heavy"),
        )
        batch_op.create_index(batch_op.f("ix_pulseround_week"), ["week"], unique=False)
        batch_op.create_index(batch_op.f("ix_pulseround_workspace_id"), ["workspace_id"], unique=False)

    op.create_table(
        "pulseschedule",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("at", sa.Time(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("last_week", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("person_id"),
    )
    with op.batch_alter_table("pulseschedule", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_pulseschedule_workspace_id"), ["workspace_id"], unique=False)

    op.create_table(
        "topic",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("topic", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_topic_person_id"), ["person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_topic_workspace_id"), ["workspace_id"], unique=False)

    op.create_table(
        "blocker",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("engagement_id", sa.Integer(), nullable=False),
        sa.Column("contractor_id", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("stops", sa.String(), nullable=False),
        sa.Column("needs", sa.String(), nullable=False),
        sa.Column("severity", sa.String(), nullable=False),
        sa.Column("since", Instant(), nullable=False),
        sa.Column("reported_at", Instant(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("reached", sa.String(), nullable=False),
        sa.Column("notices", sa.Integer(), nullable=False),
        sa.Column("nudges", sa.Integer(), nullable=False),
        sa.Column("again", sa.Boolean(), nullable=False),
        sa.Column("moved_at", Instant(), nullable=False),
        sa.Column("seen_by", sa.Integer(), nullable=True),
        sa.Column("with_care", sa.Boolean(), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contractor_id"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["engagement_id"],
            ["engagement.id"],
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["seen_by"],
            ["person.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("blocker", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_blocker_contractor_id"), ["contractor_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_blocker_engagement_id"), ["engagement_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_blocker_owner_id"), ["owner_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_blocker_workspace_id"), ["workspace_id"], unique=False)

    op.create_table(
        "goldenoffer",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("engagement_id", sa.Integer(), nullable=False),
        sa.Column("manager_id", sa.Integer(), nullable=False),
        sa.Column("by_contractor", sa.Boolean(), nullable=False),
        sa.Column("weekdays", sa.String(), nullable=False),
        sa.Column("start", sa.Time(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("offered_at", Instant(), nullable=False),
        sa.Column("decided_at", Instant(), nullable=True),
        sa.Column("stopped_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["engagement_id"],
            ["engagement.id"],
        ),
        sa.ForeignKeyConstraint(
            ["manager_id"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["stopped_by"],
            ["person.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("goldenoffer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_goldenoffer_engagement_id"), ["engagement_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_goldenoffer_workspace_id"), ["workspace_id"], unique=False)

    op.create_table(
        "introduction",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("engagement_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("fun_fact", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("told_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["engagement_id"],
            ["engagement.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("engagement_id"),
    )
    with op.batch_alter_table("introduction", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_introduction_workspace_id"), ["workspace_id"], unique=False)

    op.create_table(
        "kpi",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("engagement_id", sa.Integer(), nullable=True),
        sa.Column("template", sa.String(), nullable=False),
        sa.Column("standard", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("target", sa.Float(), nullable=False),
        sa.Column("direction", sa.String(), nullable=False),
        sa.Column("cadence", sa.String(), nullable=False),
        sa.Column("stopped", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["engagement_id"],
            ["engagement.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("kpi", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_kpi_engagement_id"), ["engagement_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_kpi_template"), ["template"], unique=False)
        batch_op.create_index(batch_op.f("ix_kpi_workspace_id"), ["workspace_id"], unique=False)

    op.create_table(
        "pulseanswer",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("question", sa.String(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("seen", sa.String(), nullable=False),
        sa.Column("sent", sa.Integer(), nullable=True),
        sa.Column("sent_seen", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["round_id"],
            ["pulseround.id"],
        ),
        sa.PrimaryKeyConstraint("round_id", "question"),
    )
    with op.batch_alter_table("pulseanswer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_pulseanswer_workspace_id"), ["workspace_id"], unique=False)

    op.create_table(
        "blockerstep",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("blocker_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("to_id", sa.Integer(), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("keys", sa.String(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["blocker_id"],
            ["blocker.id"],
        ),
        sa.ForeignKeyConstraint(
            ["by_id"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["to_id"],
            ["person.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("blockerstep", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_blockerstep_blocker_id"), ["blocker_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_blockerstep_to_id"), ["to_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_blockerstep_workspace_id"), ["workspace_id"], unique=False)

    op.create_table(
        "goldenquestion",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("engagement_id", sa.Integer(), nullable=False),
        sa.Column("offer_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("answered_at", Instant(), nullable=True),
        sa.Column("waited", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["engagement_id"],
            ["engagement.id"],
        ),
        sa.ForeignKeyConstraint(
            ["offer_id"],
            ["goldenoffer.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("goldenquestion", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_goldenquestion_engagement_id"), ["engagement_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_goldenquestion_workspace_id"), ["workspace_id"], unique=False)

    op.create_table(
        "greeting",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("introduction_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("greeted_at", Instant(), nullable=False),
        sa.Column("batch", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["introduction_id"],
            ["introduction.id"],
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.PrimaryKeyConstraint("introduction_id", "person_id"),
    )
    with op.batch_alter_table("greeting", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_greeting_workspace_id"), ["workspace_id"], unique=False)

    op.create_table(
        "kpireading",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("kpi_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.Column("target", sa.Float(), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=True),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["kpi_id"],
            ["kpi.id"],
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"],
            ["person.id"],
        ),
        sa.PrimaryKeyConstraint("kpi_id", "day"),
    )
    with op.batch_alter_table("kpireading", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_kpireading_recorded_by_id"), ["recorded_by_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_kpireading_workspace_id"), ["workspace_id"], unique=False)


def downgrade() -> None:

    with op.batch_alter_table("kpireading", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_kpireading_workspace_id"))
        batch_op.drop_index(batch_op.f("ix_kpireading_recorded_by_id"))

    op.drop_table("kpireading")
    with op.batch_alter_table("greeting", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_greeting_workspace_id"))

    op.drop_table("greeting")
    with op.batch_alter_table("goldenquestion", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_goldenquestion_workspace_id"))
        batch_op.drop_index(batch_op.f("ix_goldenquestion_engagement_id"))

    op.drop_table("goldenquestion")
    with op.batch_alter_table("blockerstep", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_blockerstep_workspace_id"))
        batch_op.drop_index(batch_op.f("ix_blockerstep_to_id"))
        batch_op.drop_index(batch_op.f("ix_blockerstep_blocker_id"))

    op.drop_table("blockerstep")
    with op.batch_alter_table("pulseanswer", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_pulseanswer_workspace_id"))

    op.drop_table("pulseanswer")
    with op.batch_alter_table("kpi", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_kpi_workspace_id"))
        batch_op.drop_index(batch_op.f("ix_kpi_template"))
        batch_op.drop_index(batch_op.f("ix_kpi_engagement_id"))

    op.drop_table("kpi")
    with op.batch_alter_table("introduction", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_introduction_workspace_id"))

    op.drop_table("introduction")
    with op.batch_alter_table("goldenoffer", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_goldenoffer_workspace_id"))
        batch_op.drop_index(batch_op.f("ix_goldenoffer_engagement_id"))

    op.drop_table("goldenoffer")
    with op.batch_alter_table("blocker", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_blocker_workspace_id"))
        batch_op.drop_index(batch_op.f("ix_blocker_owner_id"))
        batch_op.drop_index(batch_op.f("ix_blocker_engagement_id"))
        batch_op.drop_index(batch_op.f("ix_blocker_contractor_id"))

    op.drop_table("blocker")
    with op.batch_alter_table("topic", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_topic_workspace_id"))
        batch_op.drop_index(batch_op.f("ix_topic_person_id"))

    op.drop_table("topic")
    with op.batch_alter_table("pulseschedule", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_pulseschedule_workspace_id"))

    op.drop_table("pulseschedule")
    with op.batch_alter_table("pulseround", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_pulseround_workspace_id"))
        batch_op.drop_index(batch_op.f("ix_pulseround_week"))
        batch_op.drop_index("ix_pulseround_heavy", sqlite_where=sa.text("heavy = 1"), postgresql_where=sa.text("heavy"))
        batch_op.drop_index("ix_pulseround_health")

    op.drop_table("pulseround")
    with op.batch_alter_table("healthstanding", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_healthstanding_workspace_id"))

    op.drop_table("healthstanding")
    with op.batch_alter_table("healthalert", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_healthalert_workspace_id"))
        batch_op.drop_index(batch_op.f("ix_healthalert_state"))
        batch_op.drop_index(batch_op.f("ix_healthalert_person_id"))

    op.drop_table("healthalert")
    with op.batch_alter_table("engagement", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_engagement_workspace_id"))
        batch_op.drop_index("ix_engagement_team")
        batch_op.drop_index(batch_op.f("ix_engagement_manager_id"))
        batch_op.drop_index(batch_op.f("ix_engagement_contractor_id"))

    op.drop_table("engagement")
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_delivery_workspace_id"))
        batch_op.drop_index("ix_delivery_state_next")
        batch_op.drop_index(batch_op.f("ix_delivery_person_id"))

    op.drop_table("delivery")
    with op.batch_alter_table("blockerdraft", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_blockerdraft_workspace_id"))
        batch_op.drop_index(batch_op.f("ix_blockerdraft_person_id"))

    op.drop_table("blockerdraft")
    with op.batch_alter_table("awayperiod", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_awayperiod_workspace_id"))
        batch_op.drop_index(batch_op.f("ix_awayperiod_person_id"))

    op.drop_table("awayperiod")
    op.drop_table("workspace")
    with op.batch_alter_table("transfer", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_transfer_workspace_id"))

    op.drop_table("transfer")
    with op.batch_alter_table("seen", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_seen_at"))

    op.drop_table("seen")
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_person_user", sqlite_where=sa.text("user <> ''"), postgresql_where=sa.text("\"user\" <> ''")
        )
        batch_op.drop_index(batch_op.f("ix_person_workspace_id"))
        batch_op.drop_index("ix_person_email")

    op.drop_table("person")
    with op.batch_alter_table("occurrence", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_occurrence_workspace_id"))
        batch_op.drop_index("ix_occurrence_subject")
        batch_op.drop_index(batch_op.f("ix_occurrence_due_at"))

    op.drop_table("occurrence")
