"""Who to ask for what: from the reader's engagements and from what was written down, found however it is typed."""

import difflib
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.care.engagements import EngagementRow
from bot.care.people import PersonRow, TopicRow, away, working_hours
from bot.care.working import is_working, next_start, shifts

PAGE = 10  # people on one card: more than that nobody reads


class Part(StrEnum):
    """What somebody is in an engagement, in the order in which one would ask them."""

    MANAGER = "manager"
    BUDDY = "buddy"
    OWNER = "owner"
    LEAD = "lead"
    OPERATIONS = "operations"
    CONTRACTOR = "contractor"


@dataclass(frozen=True, slots=True)
class InEngagement:
    """A part in one engagement: the reader's own, where they are its contractor, else `contractor`'s."""

    part: Part
    role: str
    contractor: str = ""


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody to ask: for a topic, or because of their parts in the reader's engagements."""

    person: PersonRow
    parts: tuple[InEngagement, ...] = ()
    topic: TopicRow | None = None


@dataclass(frozen=True, slots=True)
class Presence:
    """Whether somebody is in their working hours by their own plan, until when, and when they are next (UTC)."""

    working: bool
    until: datetime | None = field(default=None)
    next_at: datetime | None = field(default=None)


def presence(person: PersonRow, now: datetime) -> Presence:
    """What somebody's own hours, holidays and absences say of this instant."""
    hours, off = working_hours(person), away(person)
    if is_working(hours, now, off):
        return Presence(True, until=next(shifts(hours, now, off)).closes_at)
    return Presence(False, next_at=next_start(hours, now, off))


def parts(engagement: EngagementRow) -> dict[Part, int]:
    """Who has which part in an engagement, where it is given."""
    named = {
        Part.MANAGER: engagement.manager_id,
        Part.BUDDY: engagement.buddy_id,
        Part.OWNER: engagement.owner_id,
        Part.LEAD: engagement.lead_id,
        Part.OPERATIONS: engagement.operations_id,
        Part.CONTRACTOR: engagement.contractor_id,
    }
    return {part: person for part, person in named.items() if person is not None}


def from_engagements(
    reader: int, engagements: Iterable[EngagementRow], people: Mapping[int, PersonRow]
) -> list[Contact]:
    """Everybody else in the reader's engagements, once each, with all they are there."""
    found: dict[int, list[InEngagement]] = {}
    for engagement in engagements:
        contractor = people.get(engagement.contractor_id)
        whose = "" if engagement.contractor_id == reader or contractor is None else contractor.name
        for part, person in parts(engagement).items():
            if person != reader:
                found.setdefault(person, []).append(InEngagement(part, engagement.role, whose))
    return [Contact(people[person], tuple(these)) for person, these in found.items() if _there(people.get(person))]


def from_topics(topics: Iterable[TopicRow], people: Mapping[int, PersonRow]) -> list[Contact]:
    """What was written down, by topic; people who have left are no longer named."""
    known = [Contact(people[row.person_id], topic=row) for row in topics if _there(people.get(row.person_id))]
    return sorted(
        known, key=lambda contact: (folded(contact.topic.topic if contact.topic else ""), contact.person.name)
    )


def matching(contacts: Sequence[Contact], words: str, spoken: Callable[[Contact], str]) -> list[Contact]:
    """Those for whom every word typed begins a word of what they are for; `spoken` says that in the reader's language."""
    wanted = folded(words).split()
    if words.strip() and not wanted:
        return []  # signs alone ("???") begin no word
    return [one for one in contacts if all(_begins(word, _words(one, spoken)) for word in wanted)]


def close(contacts: Sequence[Contact], words: str) -> list[str]:
    """Topics that are written nearly so, nearest first."""
    topics: dict[str, str] = {}
    for one in contacts:
        if one.topic is not None:
            whole = folded(one.topic.topic)
            topics |= dict.fromkeys((*whole.split(), whole), one.topic.topic)
    near = difflib.get_close_matches(folded(words), list(topics), n=3, cutoff=0.6)
    return list(dict.fromkeys(topics[written] for written in near))


# Letters that Unicode does not take apart though people type them without their strokes.
_WHOLE = str.maketrans({"ı": "i", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe"})


def folded(text: str) -> str:
    """Letters without case, accents and punctuation, to compare what people type with what people typed."""
    apart = unicodedata.normalize("NFKD", text.casefold()).translate(_WHOLE)
    kept = "".join(one if one.isalnum() else " " for one in apart if not unicodedata.combining(one))
    return " ".join(kept.casefold().split())


def _begins(word: str, words: Iterable[str]) -> bool:
    return any(one.startswith(word) for one in words)


def _words(contact: Contact, spoken: Callable[[Contact], str]) -> list[str]:
    said = [spoken(contact), contact.person.name, *(part.role for part in contact.parts)]
    if contact.topic is not None:
        said += [contact.topic.topic, contact.topic.note]
    return folded(" ".join(said)).split()


def _there(person: PersonRow | None) -> bool:
    return person is not None and person.active and bool(person.user)
