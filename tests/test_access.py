"""Who may do what: every route, tried by everybody, about somebody else's things as well as their own."""

from dataclasses import dataclass, replace
from typing import Any, TypeVar

from sqlmodel import Session

import handlers
from bot import access
from bot.chat import Inbound
from bot.turns import Refusal, Turns
from storage.database import Database, Work
from tests.conftest import Town
from tests.everything import Everything, everything

T = TypeVar("T")

# What there is, is Ana's. Lee is a contractor and Max a manager, but of each other; Ria was asked for help, Kei is
# care, Ada is admin, and Nia is nobody.
EVERYBODY = "ana mo kei ada lee max ria nia"

# Who gets in -> route: what its button is about.
LET_IN: dict[str, dict[str, str]] = {
    EVERYBODY: {
        "/help": "", "home.opened": "", "home.unknown": "hm", "/whoswho": "", "people.more": "0:", "people.look": "{topic}",
        "away.form": "", "away.set": "", "away.back": "", "away.cancel": "settings:2026-12-01/2026-12-02",
        "away.hours": "", "away.hours_set": "", "away.hours_right": "", "away.mute": "7:", "away.mute_form": "",
        "away.muted": "", "away.unmute": "", "/settings": "", "admin.kept": "", "admin.joined_channel": "C0CARE",
        "onboarding.hi": "{introduction}", "/blocker": "", "blockers.list": "",
    },
    # their own, whoever they are
    "ana lee": {
        "pulse.schedule": "", "pulse.scheduled": "", "blockers.report": "", "blockers.from_message": "It is stuck",
        "blockers.reported": "", "health.mine": "",
    },
    "ana lee kei": {"/health": ""},
    "ana mo lee max": {"/hours": "", "/kpis": ""},
    "ana mo kei lee max": {"/pulse": ""},
    "mo ada max": {"/edit": "", "people.add": "", "people.added": "", "people.edit": "{topic}", "people.edited": "{topic}"},
    # what is Ana's
    "ana": {
        "pulse.answer": "{round}:week:4", "pulse.comment": "{round}", "pulse.commented": "{round}",
        "pulse.seen_by": "{round}:totals", "pulse.submit": "{round}", "pulse.edit": "{round}", "pulse.each": "{round}",
        "pulse.each_chosen": "{round}", "onboarding.open": "{engagement}", "onboarding.start": "{engagement}",
        "onboarding.drafted": "{engagement}", "onboarding.edit": "{engagement}", "onboarding.edited": "{engagement}",
        "onboarding.approve": "{engagement}", "onboarding.decline": "{engagement}",
        "hours.propose": "{engagement}|12345|15:00|120", "hours.ask": "{engagement}", "hours.asked": "{engagement}",
        "hours.got": "{question}", "hours.reopen": "{answered}", "blockers.from_pulse": "{round}",
        "blockers.draft": "{draft}", "blockers.reopen": "{solved}", "blockers.reopened": "{solved}",
        "away.show": "{held}@{ana}:",
    },
    "ana mo": {
        "hours.show": "{engagement}", "hours.another": "{engagement}", "hours.offered": "{engagement}",
        "hours.stop": "{agreed}", "hours.keep": "{agreed}", "/kpis": "{engagement}", "kpis.chosen": ":{engagement}",
        "kpis.record": "{engagement}", "kpis.recorded": "{engagement}",
    },
    "ana mo ria": {"blockers.open": "{blocker}", "blockers.resolve": "{blocker}", "blockers.resolved": "{blocker}"},
    "ana mo ada": {"onboarding.again": "{engagement}"},
    # what concerns Ana
    "mo": {
        "hours.accept": "{waiting}", "hours.decline": "{waiting}", "hours.answered": "{question}",
        "kpis.add": "{engagement}", "kpis.added": "{engagement}", "kpis.edit": "{engagement}:{kpi}", "kpis.edited": "{kpi}",
    },
    "mo ria": {"blockers.acknowledge": "{blocker}", "blockers.hand": "{blocker}", "blockers.handed": "{blocker}"},
    "mo ada": {
        "engagements.show": "{engagement}", "engagements.edit": "{engagement}", "engagements.edited": "{engagement}",
        "engagements.helpers": "{engagement}", "engagements.helped": "{engagement}", "engagements.pause": "{engagement}",
        "engagements.resume": "{engagement}", "engagements.end": "{engagement}",
    },
    "kei": {
        "health.open": "{alert}", "health.take": "{alert}", "health.comments": "{alert}", "health.snooze": "{alert}",
        "health.snoozed": "{alert}", "health.dismiss": "{alert}", "health.dismissed": "{alert}",
        "health.resolve": "{alert}", "health.resolved": "{alert}",
    },
    # the house
    "ada": {
        "/add": "", "engagements.who": "", "engagements.added": "{nia}", "templates.opened": "", "templates.shown": "design",
        "templates.add": "design", "templates.added": "design", "templates.edit": "design:buildable",
        "templates.edited": "design:buildable", "admin.name": "care", "admin.named": "care", "admin.remove": "care:{kei}",
        "admin.to_care": "{nia}", "admin.not_to_care": "{nia}",
    },
}  # fmt: skip
FIELDS: dict[str, dict[str, Any]] = {"health.dismissed": {"why": "known"}}  # where an empty form is no answer


class Undone(Exception):
    """Carries a result out of a transaction that is taken back."""


@dataclass
class Undoing:
    """A database in which whatever is done was not: everybody finds everything as it was."""

    database: Database

    async def write(self, work: Work[T], workspace: int) -> T:
        def undone(db: Session) -> T:
            raise Undone(work(db))

        try:
            return await self.database.write(undone, workspace)
        except Undone as done:
            result: T = done.args[0]
            return result

    async def read(self, work: Work[T], workspace: int) -> T:
        return await self.database.read(work, workspace)

    async def close(self) -> None: ...


def turns(town: Town) -> tuple[Turns, int]:
    app = town.world.app
    assert app.slack is not None
    return replace(app.turns, database=Undoing(app.database), wake=lambda: None), app.slack.workspace


async def refusal(town: Town, made: Everything, who: str, route: str, pattern: str) -> str:
    """The sentence somebody is refused with; "" for who gets in."""
    runs, workspace = turns(town)
    fields = FIELDS.get(route, {})
    inbound = Inbound("", "T", f"U0{who.upper()}", route, made.value(pattern), fields)
    outcome = (await runs.run(inbound, workspace)).outcome
    return outcome.sentence if isinstance(outcome, Refusal) else ""


def test_every_route_has_its_rule_and_no_rule_is_about_nothing() -> None:
    assert set(access.RULES) == set(handlers.routes())
    assert {route for routes in LET_IN.values() for route in routes} == set(access.RULES)


async def test_every_route_lets_in_whom_it_is_for_and_nobody_else(town: Town) -> None:
    made = await everything(town)
    wrong, unsaid = [], []
    for let_in, routes in LET_IN.items():
        for route, pattern in routes.items():
            for who in EVERYBODY.split():
                said = await refusal(town, made, who, route, pattern)
                if bool(said) == (who in let_in.split()):
                    wrong.append((who, route, said or "let in"))
                if (said and not said.endswith((".", "”."))) or "reference" in said:
                    unsaid.append((who, route, said))
    assert not wrong, wrong
    assert unsaid == []
