"""Who may see and do what: the one place where it is decided. Pure."""

from collections.abc import Iterable

from bot.care.people import Actor, Role, Subject
from bot.errors import N_, NotAllowed, NotEvenAdmins

ANYONE, CONTRACTOR, MANAGER, CARE, ADMIN, RESPONSIBLE = Role

NAMES = {
    CONTRACTOR: N_("the contractor"),
    MANAGER: N_("the contractor's manager"),
    CARE: N_("the care team"),
    ADMIN: N_("workspace admins"),
    RESPONSIBLE: N_("the person who was asked"),
}


# Route -> who. A route that is missing here cannot be reached; a test compares it with the routers.
RULES: dict[str, frozenset[Role]] = {}


def allow(who: Iterable[Role], *routes: str) -> None:
    """Write a row of the table below."""
    for route in routes:
        RULES[route] = frozenset(who)


# Letter -> as what its reader is told it. They may have been so when it was planned and be it no longer when it leaves,
# or is drawn again. A letter that is missing here cannot be written.
LETTERS: dict[str, frozenset[Role]] = {}


def tell(whom: Iterable[Role], *letters: str) -> None:
    """Write a row of the second table below."""
    for letter in letters:
        LETTERS[letter] = frozenset(whom)


# home: help, Home, mute and what anyone may do for themself
allow([ANYONE], "/help", "home.opened", "home.unknown")
# pulse
allow([CONTRACTOR], "pulse.answer", "pulse.comment", "pulse.commented", "pulse.seen_by", "pulse.submit", "pulse.edit")
allow([CONTRACTOR], "pulse.each", "pulse.each_chosen", "pulse.schedule", "pulse.scheduled")
allow([CONTRACTOR, MANAGER, CARE], "/pulse")

# engagements: admins add them and name managers; a manager changes their own
allow([ADMIN], "/add", "engagements.who", "engagements.added")
allow([MANAGER, ADMIN], "/edit", "engagements.show", "engagements.edit", "engagements.edited", "engagements.helpers")
allow([MANAGER, ADMIN], "engagements.helped", "engagements.pause", "engagements.resume", "engagements.end")

# onboarding: the introduction belongs to its contractor; whoever is one no longer reaches the door and hears why
allow([CONTRACTOR, RESPONSIBLE], "onboarding.open", "onboarding.start", "onboarding.drafted", "onboarding.edit")
allow([CONTRACTOR, RESPONSIBLE], "onboarding.edited", "onboarding.approve", "onboarding.decline")
allow([CONTRACTOR, MANAGER, ADMIN], "onboarding.again")
allow([ANYONE], "onboarding.hi")

# hours
allow([CONTRACTOR, MANAGER], "/hours", "hours.show", "hours.another", "hours.offered", "hours.accept", "hours.decline")
allow([CONTRACTOR, MANAGER], "hours.stop", "hours.keep")
allow([CONTRACTOR], "hours.propose", "hours.ask", "hours.asked", "hours.got", "hours.reopen")
allow([MANAGER], "hours.answered")

# blockers: whoever was asked may be anybody, and every turn asks again what they are to that one blocker
allow([CONTRACTOR, MANAGER, CARE, RESPONSIBLE], "/blocker", "blockers.list", "blockers.open")
allow([CONTRACTOR], "blockers.report", "blockers.from_message", "blockers.from_pulse", "blockers.draft")
allow([CONTRACTOR], "blockers.reported", "blockers.reopen", "blockers.reopened")
allow([MANAGER, CARE, RESPONSIBLE], "blockers.acknowledge", "blockers.hand", "blockers.handed")
allow([CONTRACTOR, MANAGER, CARE, RESPONSIBLE], "blockers.resolve", "blockers.resolved")

# kpis: care does not see them; admins see only the templates
allow([CONTRACTOR, MANAGER], "/kpis", "kpis.chosen", "kpis.record", "kpis.recorded")
allow([MANAGER], "kpis.add", "kpis.added", "kpis.edit", "kpis.edited")
allow([ADMIN], "templates.opened", "templates.shown", "templates.add", "templates.added")
allow([ADMIN], "templates.edit", "templates.edited")

# people: who's who is everybody's; it is written by those who name people
allow([ANYONE], "/whoswho", "people.more", "people.look")
allow([ADMIN, MANAGER], "people.add", "people.added", "people.edit", "people.edited")

# away: everybody for themself
allow(
    [ANYONE],
    "away.form",
    "away.set",
    "away.back",
    "away.cancel",
    "away.show",
    "away.hours",
    "away.hours_set",
    "away.hours_right",
)
allow([ANYONE], "away.mute", "away.mute_form", "away.muted", "away.unmute")

# health: a manager or an admin never sees whom the care team looks after, nor why
allow([CARE, CONTRACTOR], "/health")
allow([CONTRACTOR], "health.mine")
allow([CARE], "health.open", "health.take", "health.comments", "health.snooze", "health.snoozed")
allow([CARE], "health.dismiss", "health.dismissed", "health.resolve", "health.resolved")

# admin
allow([ANYONE], "/settings", "admin.kept", "admin.joined_channel")
allow([ADMIN], "admin.name", "admin.named", "admin.remove", "admin.to_care", "admin.not_to_care")


# letters: what is about its reader alone stays theirs whatever they become; a contractor stays who it was about
tell([ANYONE], "home.welcome", "admin.settings", "admin.role", "away.back", "away.ask_hours")
tell([ANYONE], "pulse.question", "pulse.reminder", "blockers.report", "blockers.news", "kpis.changed")
tell([ANYONE], "hours.unanswered", "hours.answered", "engagements.begun", "engagements.updated")
tell([ANYONE], "onboarding.offer", "onboarding.not_posted", "onboarding.greeted")
tell([ANYONE], "onboarding.introduction", "engagements.handed_over")  # for everybody; for who was the manager
tell([CONTRACTOR, MANAGER], "engagements.paused", "engagements.resumed", "engagements.ended")
tell([MANAGER], "engagements.manages", "hours.question", "hours.nudge")
tell([CONTRACTOR, MANAGER], "hours.reminder", "hours.moved", "hours.offer", "hours.decided", "hours.stopped")
tell([MANAGER, CARE, RESPONSIBLE], "blockers.notice")
tell([CARE], "health.alert")
tell([ADMIN], "admin.joined", "onboarding.no_way")


def check(actor: Actor, route: str, about: Subject | None = None) -> None:
    """Refuse with a sentence unless `route` is open to the actor (where given: to what they are to the subject).

    Raises NotAllowed.
    """
    allowed = RULES.get(route, frozenset())
    if not allowed & (relations(actor, about) if about is not None else _reach(actor)):
        refusal = NotEvenAdmins if ADMIN in actor.roles else NotAllowed  # who is one has nobody to ask
        raise refusal(who=tuple(NAMES[role] for role in Role if role in allowed and role in NAMES))


def may(actor: Actor, route: str, about: Subject | None = None) -> bool:
    """Whether `check` would let it pass: for cards that offer only what their reader can do."""
    try:
        check(actor, route, about)
    except NotAllowed:
        return False
    return True


def relations(actor: Actor, about: Subject) -> frozenset[Role]:
    """What the actor is to the subject; care and admin are so to everybody in their workspace."""
    return frozenset(
        role
        for role, holds in (
            (ANYONE, True),
            (CONTRACTOR, actor.id == about.contractor),
            (MANAGER, actor.id in about.managers),
            (RESPONSIBLE, actor.id in about.responsible),
            (CARE, CARE in actor.roles),
            (ADMIN, ADMIN in actor.roles),
        )
        if holds
    )


def _reach(actor: Actor) -> frozenset[Role]:
    """Before the subject is known, anybody could turn out to be the one who was asked."""
    return actor.roles | {ANYONE, RESPONSIBLE}
