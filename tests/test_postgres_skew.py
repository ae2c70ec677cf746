"""Two who decide on the same things at once over PostgreSQL, though each changes rows of their own: one goes first."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import time, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event, text
from sqlmodel import Session, col, select

import handlers
import schedules
import storage
from bot import access
from bot.care.admin import Named
from bot.care.hours import GoldenHours, Status
from bot.care.kpis import TEMPLATES
from bot.chat import Again, Outcome, Turn
from bot.errors import CareError, IntroductionPosted, TooManyKpis
from storage.database import EVERYONE, CareSession, Store, T, Work, one_at_a_time, open_database
from storage.deliveries import State
from storage.engagements import Engagement
from storage.hours import GoldenOffer
from storage.people import Person
from storage.postgres import ISOLATION, plain_engine
from tests.conftest import MONDAY

ROUTES, DUES = handlers.routes(), schedules.dues()
MINUTE = timedelta(minutes=1)


@dataclass
class Two:
    """Two replicas' sides of one workspace, in which Ada is an admin, Mo a manager and Ana to be his contractor."""

    side: Store
    other: Engine
    where: int = 0

    async def meet(self, first: Work[object], second: Work[T]) -> T:
        """Both look; the first decides and keeps; then the second decides. Answers what the second made of it."""
        met: list[bool] = []

        def work(db: Session) -> T:
            db.connection().execute(text("SELECT FROM person"))  # what it reads from here on is as it was now
            if not met:
                met.append(True)
                with CareSession(self.other, info={"workspace": self.where}) as ahead:
                    first(ahead)
                    ahead.commit()
            return second(db)

        return await self.side.write(work, self.where)

    async def db(self, work: Work[T]) -> T:
        """Look at, or prepare, what is kept."""
        return await self.side.write(work, self.where)


@pytest.fixture
async def two(migrated_postgres: str) -> AsyncIterator[Two]:
    side = open_database(migrated_postgres).open()
    made = Two(side, plain_engine(migrated_postgres).execution_options(isolation_level=ISOLATION))
    made.where = await side.write(lambda db: storage.people.workspace(db, "teams", "T1").id or 0, EVERYONE)
    await made.db(_settle)
    yield made
    await side.close()
    made.other.dispose()


def _settle(db: Session) -> None:
    for name in ("Ada", "Mo", "Ana", "Lee"):
        storage.people.learn(db, f"U{name}", MONDAY, name=name, email=f"{name.lower()}@example.com", zone="UTC")
    person(db, "Ada").admin = True


def person(db: Session, name: str) -> Person:
    found = storage.people.by_user(db, f"U{name}")
    assert found is not None
    return found


def does(who: str, route: str, value: str = "", /, **fields: object) -> Work[Outcome]:
    """What somebody does, once it is known who they are and that they may."""

    def work(db: Session) -> Outcome:
        actor = storage.people.actor(db, f"U{who}")
        assert actor is not None
        access.check(actor, route)
        return ROUTES[route].handler(Turn(actor, route, value, fields, MONDAY, db))

    return work


async def test_who_finds_another_deciding_on_the_same_waits_for_them_and_sees_what_they_did(two: Two) -> None:
    seen: list[str] = []

    def ask(db: Session) -> None:
        seen.append(person(db, "Ana").name)
        one_at_a_time(db, "workspace", two.where)

    with CareSession(two.other, info={"workspace": two.where}) as ahead:
        person(ahead, "Ana").name = "Anna"
        one_at_a_time(ahead, "workspace", two.where)
        asking = asyncio.create_task(two.db(ask))
        await asyncio.sleep(0.2)
        assert (seen, asking.done()) == (["Ana"], False)
        ahead.commit()
    await asking
    assert seen == ["Ana", "Anna"]


# -- who has a say -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("takes_off", "said"),
    [("the other", "That is open only to workspace admins"), ("themself", "This is the last admin")],
)
async def test_of_two_admins_who_take_admins_off_at_once_one_stays_and_hears_why(
    two: Two, takes_off: str, said: str
) -> None:
    def also(db: Session) -> tuple[str, str]:
        person(db, "Lee").admin = True
        ada, lee = (f"admin:{person(db, name).id}" for name in ("Ada", "Lee"))
        return (lee, ada) if takes_off == "the other" else (ada, lee)

    adas, lees = await two.db(also)
    with pytest.raises(CareError) as refusal:
        await two.meet(does("Ada", "admin.remove", adas), does("Lee", "admin.remove", lees))
    assert said in refusal.value.say()
    assert len(await two.db(storage.people.admins)) == 1


async def test_of_two_who_let_the_bot_in_at_once_one_is_its_first_admin(two: Two) -> None:
    def nobody(db: Session) -> None:
        person(db, "Ada").admin = False

    await two.db(nobody)
    await two.meet(lambda db: storage.people.found_by(db, "UAda"), lambda db: storage.people.found_by(db, "ULee"))
    assert await two.db(lambda db: [one.name for one in storage.people.admins(db)]) == ["Ada"]


async def test_two_replicas_that_start_at_once_make_the_care_team_once_and_it_stays_as_admins_have_it(two: Two) -> None:
    def named(db: Session) -> None:
        storage.people.seed_care(db, ["UMo", "ULee"])
        storage.admin.take_back(db, person(db, "Lee"), Named.CARE, person(db, "Ada").id or 0, MONDAY)

    await two.meet(named, lambda db: storage.people.seed_care(db, ["UMo", "ULee"]))
    await two.db(lambda db: storage.people.seed_care(db, ["UMo", "ULee"]))
    assert await two.db(lambda db: [one.name for one in storage.people.care_team(db)]) == ["Mo"]


# -- who works for whom ------------------------------------------------------------------------------------


NIA = "nia@example.com"


def adds(whom: str, role: str = "Data engineer") -> Work[Outcome]:
    """Ada fills in the form about Nia, who may not be here yet, for Mo."""
    terms = {
        "name": "Nia",
        "manager": "UMo",
        "role": role,
        "bottleneck": "Reports take a week",
        "starts_on": "2026-11-23",
    }
    return does("Ada", "engagements.added", whom, **terms)


def everyones(db: Session) -> list[tuple[str, str, str]]:
    """Whoever is at this address: their platform id, what they work as, and whether that has begun."""
    found = db.exec(
        select(Person, Engagement).join(Engagement, col(Engagement.contractor_id) == Person.id, isouter=True)
        .where(Person.email == NIA).order_by(col(Engagement.role))
    ).all()  # fmt: skip
    return [(one.user, work.role if work else "", work.status if work else "") for one, work in found]


async def test_who_is_invited_from_two_sides_at_once_is_one_person(two: Two) -> None:
    await two.meet(adds(NIA), adds(NIA, "Data analyst"))
    assert await two.db(everyones) == [("", "Data analyst", "invited"), ("", "Data engineer", "invited")]
    assert len({one.contractor_id for one in await two.db(storage.engagements.all_open)}) == 1


async def test_the_same_work_is_not_agreed_on_twice_with_who_is_invited(two: Two) -> None:
    await two.db(lambda db: storage.people.invite(db, NIA, "Nia", MONDAY))
    said = await two.meet(adds(NIA), adds(NIA))
    assert isinstance(said, Again)
    assert "already" in said.errors["role"]
    assert await two.db(everyones) == [("", "Data engineer", "invited")]


async def test_terms_that_are_changed_into_what_another_agrees_on_meanwhile_are_given_back(two: Two) -> None:
    await two.db(adds(NIA, "Data analyst"))
    analyst = (await two.db(storage.engagements.all_open))[0].id
    terms = {"manager": "UMo", "role": "Data engineer", "bottleneck": "Reports", "starts_on": "2026-11-23"}
    said = await two.meet(adds(NIA), does("Ada", "engagements.edited", str(analyst), **terms))
    assert isinstance(said, Again)
    assert [role for _user, role, _status in await two.db(everyones)] == ["Data analyst", "Data engineer"]


def joins(db: Session) -> None:
    """Nia is here."""
    storage.people.learn(db, "UNia", MONDAY, name="Nia", email=NIA, zone="UTC")


@pytest.mark.parametrize("known", [True, False], ids=["invited before", "invited now"])
async def test_what_is_agreed_on_while_somebody_joins_begins(two: Two, known: bool) -> None:
    if known:
        await two.db(lambda db: storage.people.invite(db, NIA, "Nia", MONDAY))
    await two.meet(joins, adds(NIA))
    assert await two.db(everyones) == [("UNia", "Data engineer", "onboarding")]


async def test_who_joins_while_they_are_invited_is_who_was_invited(two: Two) -> None:
    await two.meet(adds(NIA), joins)
    assert await two.db(everyones) == [("UNia", "Data engineer", "invited")]
    assert await two.db(lambda db: storage.occurrences.next_of(db, "engagements.joined", MONDAY - MINUTE)) == MONDAY


# -- what belongs to an engagement -------------------------------------------------------------------------


def engaged(db: Session) -> int:
    """Ana works for Mo."""
    work = Engagement(contractor_id=person(db, "Ana").id or 0, manager_id=person(db, "Mo").id or 0, role="Data engineer",
                      bottleneck="Reports", starts_on=MONDAY.date(), template="data")  # fmt: skip
    storage.engagements.begin(db, work, "UTC", MONDAY)
    return work.id or 0


def measures(who: str, route: str, where: object, name: str) -> Work[Outcome]:
    """They fill in the form about one more KPI."""
    return does(who, route, str(where), name=name, unit="days", target="2", direction="at_most", cadence="weekly")


def called(db: Session, work: int) -> list[str]:
    """The KPIs of an engagement."""
    return [one.name or one.standard for one in storage.kpis.of_engagement(db, storage.engagements.get(db, work))]


async def test_a_role_templates_kpis_are_begun_with_once(two: Two) -> None:
    work = await two.db(engaged)
    await two.meet(lambda db: called(db, work), lambda db: called(db, work))
    kpis = await two.db(lambda db: called(db, work))
    assert len(kpis) == len(TEMPLATES["data"]) == len(set(kpis))


async def test_a_template_that_two_admins_change_at_once_is_copied_once_and_stays_within_the_most(two: Two) -> None:
    with pytest.raises(TooManyKpis):
        await two.meet(*(measures("Ada", "templates.added", "design", name) for name in ("Late drafts", "Lost drafts")))
    kept = await two.db(lambda db: storage.kpis.of_template(db, "design"))
    assert [one.name or one.standard for one in kept] == [*(one.key for one in TEMPLATES["design"]), "Late drafts"]


@pytest.mark.parametrize("names", [("Late reports", "late reports"), ("Late reports", "Lost reports")])
async def test_no_kpi_is_agreed_on_twice_and_none_beyond_the_most(two: Two, names: tuple[str, str]) -> None:
    work, alike = await two.db(engaged), names[0].casefold() == names[1].casefold()

    def some(db: Session) -> None:  # and Ana is going to hear of it, so that telling her once is nothing to meet over
        for one in storage.kpis.of_engagement(db, storage.engagements.get(db, work))[: 2 if alike else 1]:
            does("Mo", "kpis.edited", str(one.id), stop="yes")(db)

    await two.db(some)
    try:
        said = await two.meet(*(measures("Mo", "kpis.added", work, name) for name in names))
    except TooManyKpis:
        assert not alike
    else:
        assert isinstance(said, Again)
        assert "name" in said.errors
    assert (await two.db(lambda db: called(db, work)))[-1] == "Late reports"


async def test_of_windows_that_both_sides_suggest_at_once_the_later_waits_alone(two: Two) -> None:
    work = await two.db(engaged)
    golden = GoldenHours(frozenset({1}), time(9), 60, "UTC")

    def agreed(db: Session) -> None:  # or only the contractor could suggest one
        made = storage.hours.put(db, storage.engagements.get(db, work), golden, True, MONDAY)
        storage.hours.settle(db, made, Status.AGREED, MONDAY)

    await two.db(agreed)
    await two.meet(
        does("Ana", "hours.propose", f"{work}|2|10:00|60"),
        does("Mo", "hours.offered", str(work), start="11:00", days=["3"], minutes="60"),
    )
    offers = await two.db(lambda db: db.exec(select(GoldenOffer).order_by(col(GoldenOffer.id))).all())
    assert [(one.weekdays, one.status) for one in offers] == [("1", "agreed"), ("2", "replaced"), ("3", "waiting")]


# -- introductions -----------------------------------------------------------------------------------------


async def test_what_is_tried_again_to_be_posted_is_not_changed_meanwhile(two: Two) -> None:
    work = await two.db(engaged)

    def refused(db: Session) -> None:
        one = storage.onboarding.offer(db, work)
        one.state, one.text = "approved", "As Ana approved it"
        storage.onboarding.post(db, one, "C1", MONDAY)
        found = storage.onboarding.posting(db, work)
        assert found is not None
        storage.deliveries.close(db, found, State.FAILED, MONDAY, "not_in_channel")
        storage.people.the_workspace(db).intro_channel = "C1"

    await two.db(refused)
    with pytest.raises(IntroductionPosted):
        await two.meet(
            does("Mo", "onboarding.again", str(work)), does("Ana", "onboarding.edited", str(work), text="Not yet")
        )
    assert (await two.db(lambda db: storage.onboarding.offer(db, work))).text == "As Ana approved it"


async def test_who_says_hi_while_the_note_about_others_is_written_is_in_the_next(two: Two) -> None:
    one = (await two.db(lambda db: storage.onboarding.offer(db, engaged(db)))).id
    await two.db(does("Mo", "onboarding.hi", str(one)))

    def falls_due(db: Session) -> None:
        due = storage.occurrences.of(db, "onboarding.greetings", one or 0)
        assert due is not None
        DUES[due.kind].work(db, due, due.due_at, False)
        db.delete(due)

    await two.meet(falls_due, does("Lee", "onboarding.hi", str(one)))
    assert await two.db(lambda db: storage.occurrences.of(db, "onboarding.greetings", one or 0)) is not None


# -- what is on its way ------------------------------------------------------------------------------------


def reported(db: Session) -> tuple[int, str]:
    """Ana is blocked; the key of her own card, which is due."""
    told = storage.blockers.Report(engaged(db), person(db, "Mo").id or 0, "It is down", "", "slowed", MONDAY)
    made = storage.blockers.report(db, person(db, "Ana").id or 0, told, MONDAY)
    return made.id or 0, f"blocker:{made.id}:report"


def takes_in_hand(blocker: int, key: str) -> Work[str]:
    """A courier composes a card and claims it; answers how the blocker stands on it."""

    def work(db: Session) -> str:
        row, state = storage.deliveries.by_key(db, key), storage.blockers.get(db, blocker).state
        assert row is not None
        storage.deliveries.claim(db, row, "another", MONDAY + MINUTE)
        return state

    return work


async def test_a_card_that_is_composed_while_what_it_says_changes_is_drawn_again(two: Two) -> None:
    blocker, key = await two.db(reported)
    await two.meet(takes_in_hand(blocker, key), does("Mo", "blockers.acknowledge", str(blocker)))
    assert [one.kind for one in await two.db(lambda db: storage.deliveries.changes(db, key))] == ["blockers.report"]


async def test_a_card_is_not_composed_from_what_has_just_changed(two: Two) -> None:
    blocker, key = await two.db(reported)
    assert await two.meet(does("Mo", "blockers.acknowledge", str(blocker)), takes_in_hand(blocker, key)) == "seen"


def muted(db: Session) -> int:
    """Ana works for Mo, and wants to be asked nothing for a while."""
    engaged(db)
    storage.away.mute(db, person(db, "Ana"), MONDAY + 5 * MINUTE)
    return person(db, "Ana").id or 0


async def test_who_ends_their_mute_while_the_pulse_is_asked_is_asked(two: Two) -> None:
    ana = await two.db(muted)
    due = storage.occurrences.Occurrence(kind="pulse.ask", subject=ana, due_at=MONDAY, name="2026-W48")
    await two.meet(does("Ana", "away.unmute"), lambda db: DUES["pulse.ask"].work(db, due, MONDAY, False))
    asked = await two.db(lambda db: storage.deliveries.by_key(db, f"pulse:{ana}:2026-W48"))
    assert asked is not None
    assert asked.state == State.DUE


async def test_what_is_about_to_be_held_back_when_a_mute_ends_leaves(two: Two) -> None:
    ana = await two.db(muted)
    await two.db(lambda db: storage.deliveries.plan(db, "note", "tests.note", at=MONDAY, person=ana))

    def packs(db: Session) -> str:
        row = storage.deliveries.by_key(db, "note")
        assert row is not None
        if reason := storage.deliveries.reason_to_skip(row, storage.people.get(db, ana), MONDAY, prompt=True):
            storage.deliveries.close(db, row, State.SKIPPED, MONDAY, reason)
        return reason

    assert await two.meet(does("Ana", "away.unmute"), packs) == ""


async def test_where_there_is_one_writer_nothing_is_asked_of_it(kept: str) -> None:
    said: list[str] = []

    def hear(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        said.append(statement)

    file = open_database(f"sqlite+aiosqlite:///{kept}").open()
    event.listen(Engine, "before_cursor_execute", hear)
    try:
        await file.write(lambda db: one_at_a_time(db, "workspace", 1), 1)
    finally:
        event.remove(Engine, "before_cursor_execute", hear)
        await file.close()
    assert [one for one in said if "workspace" in one] == []
