"""Golden hours in words: a window on somebody's clock, and what several of the cards around it share."""

from datetime import UTC, date, datetime, time, timedelta

from bot.card import Button, Facts, Part, Small, Style, Text, Typed, When, buttons, city, facts
from bot.care.engagements import EngagementRow
from bot.care.hours import Between, GoldenHours, OfferRow, QuestionRow, Status, Window, on_wall
from bot.care.people import PersonRow
from bot.language import _, ngettext
from bot.words.people import clock_text, hours_text

LONGEST = 2000  # characters of a question
HERE = ":here"  # ends the value of a button on the overview: its card is the one to draw again


def span(golden: GoldenHours, zone: str, on: date) -> str:
    """A window on the clock of `zone`, as it is around the contractor's date `on`, with the zone's name."""
    return _("{hours} {place}").format(hours=hours_text(*on_wall(golden, zone, on)), place=city(zone))


def length(of: timedelta) -> str:
    """A length of time, to the minute."""
    hours, minutes = divmod(round(of.total_seconds() / 60), 60)
    if not hours:
        return ngettext("{n} minute", "{n} minutes", minutes)
    if not minutes:
        return ngettext("{n} hour", "{n} hours", hours)
    return _("{hours} h {minutes} min").format(hours=hours, minutes=minutes)


def sides(between: Between, golden: GoldenHours, on: date) -> Facts:
    """Both clocks, the reader's first."""
    return facts(
        (_("Your clock"), span(golden, between.me.zone, on)),
        (Typed(between.other.name), span(golden, between.other.zone, on)),
    )


def when(between: Between, at: datetime) -> When:
    """An instant on the reader's clock, the other's beside it."""
    return When(at, between.me.zone, (between.other.zone,))


def about(between: Between) -> str:
    """What a button of this engagement is about."""
    return str(between.engagement.id)


def promise(between: Between) -> Text:
    """What is promised, and by whom."""
    if between.contracting:
        return Small(_("{who} commits to answer in these hours. Nothing is expected of you; only answers are measured, "
                       "never your presence."), who=Typed(between.other.name))  # fmt: skip
    return Small(_("You commit to answer {who}'s questions in these hours. Only answers are measured, never {who}'s "
                   "presence."), who=Typed(between.other.name))  # fmt: skip


def answers(between: Between, offer: OfferRow, where: str = "") -> list[Part]:
    """Accept, counter or decline."""
    return [
        buttons(
            Button(_("Accept"), "hours.accept", f"{offer.id}{where}", Style.MAIN),
            Button(_("Suggest another"), "hours.another", about(between)),
            Button(_("Decline"), "hours.decline", f"{offer.id}{where}"),
        ),
        Small(_("Declining costs nothing and needs no reason.")),
    ]


def own_guess(me: PersonRow) -> list[Part]:
    """Say that the reader's hours are a guess, and offer to set them; nothing once they did."""
    if me.hours_confirmed:
        return []
    said = _("You have not set your working hours yet: this uses {start}–{end} {place}, from your profile.")
    return [
        Small(said, start=clock_text(me.starts), end=clock_text(me.ends), place=city(me.zone)),
        buttons(Button(_("Set my working hours"), "/settings")),
    ]


def answered_button(between: Between, asked: QuestionRow, where: str = "") -> Button:
    """Say that a question was answered, from either side."""
    if between.contracting:
        return Button(_("I got my answer"), "hours.got", f"{asked.id}{where}")
    return Button(_("Answered"), "hours.answered", f"{asked.id}{where}", Style.MAIN)


# -- two people and a window, for the examples --------------------------------------------------------------

NOW = datetime(2027, 3, 8, 15, tzinfo=UTC)
GOLDEN = GoldenHours(frozenset({1, 2, 3, 4, 5}), time(15), 120, "Europe/Lisbon")
WINDOW = Window("2027-03-15", datetime(2027, 3, 15, 15, tzinfo=UTC), datetime(2027, 3, 15, 17, tzinfo=UTC))


def a_between() -> Between:
    """An example: the contractor reads."""
    engagement = EngagementRow(id=1, contractor_id=1, manager_id=2, role="Data *engineer*", bottleneck="Reports",
                               starts_on=date(2026, 11, 2))  # fmt: skip
    ana = PersonRow(id=1, name="Ana Sousa", zone="Europe/Lisbon")
    return Between(engagement, ana, PersonRow(id=2, name="Mo <!channel> Haddad", zone="America/Chicago"))


def turned() -> Between:
    """The same, and the manager reads."""
    one = a_between()
    return Between(one.engagement, one.other, one.me)


def an_offer(status: Status = Status.WAITING) -> OfferRow:
    """An example offer."""
    return OfferRow(id=1, engagement_id=1, manager_id=2, by_contractor=True, weekdays="12345", start=time(15),
                    minutes=120, zone="Europe/Lisbon", status=status, offered_at=NOW)  # fmt: skip


def a_question(answered_at: datetime | None = None) -> QuestionRow:
    """An example question."""
    return QuestionRow(id=1, engagement_id=1, offer_id=1, text="Which *table* is <@U1> using?", asked_at=NOW,
                       due_at=WINDOW.closes_at, answered_at=answered_at, waited=25 if answered_at else None)  # fmt: skip
