"""Adaptive Cards as a person reads them: text, controls and questions, for the conversation driver."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.demo.organisation import Json, User
from bot.demo.teams.cards import ACTIONS, ELEMENTS, PEOPLE
from bot.demo.teams.tenant import Tenant
from bot.demo.teams.typed import initial
from tests.demo_platform import Control, Field

KINDS = {
    "Input.Text": "text",
    "Input.Number": "number",
    "Input.Date": "date",
    "Input.Time": "time",
    "Input.Toggle": "many",
}
PICK = "pick."  # how the ids of lists on a card begin, which act by the button beside them


@dataclass
class Read:
    """What was read of one card so far."""

    lines: list[str] = field(default_factory=list)
    controls: list[Control] = field(default_factory=list)
    fields: list[Field] = field(default_factory=list)
    errors: dict[str, str] = field(
        default_factory=dict
    )  # input id -> what stands in red under it; above them all under ""
    under: list[str] = field(default_factory=list)  # what was said since the last thing to tap, small print aside
    tapped: int = 0  # how many controls there were when it was said
    lists: dict[str, Json] = field(default_factory=dict)  # id -> a list that acts by the button beside it

    def say(self, text: str, anew: bool) -> None:
        """Something that stands above what can be tapped next."""
        self.under = [text] if anew else [*self.under, text]
        self.tapped = len(self.controls)


class TeamsReader:
    """Adaptive Cards as one person reads them: mentions by name, times in their own zone."""

    def __init__(self, tenant: Tenant, who: User | None, typed: Json | None = None) -> None:
        self.tenant, self.zone, self.typed = tenant, ZoneInfo(who.tz if who else "Etc/UTC"), typed or {}

    def card(self, card: Json) -> Read:
        """Everything there is to read, to tap and to fill in."""
        read = Read()
        self._items([*card.get("body", ()), *card.get("actions", ())], read)
        return read

    def _items(self, items: list[Json], read: Read) -> None:
        for item in items:
            self._item(known(item), read)

    def _item(self, item: Json | None, read: Read) -> None:
        if item is None:
            return
        if item.get("separator"):
            read.under = []
        match item["type"]:
            case "ActionSet":
                self._items(item["actions"], read)
            case "Container" | "Column":
                self._items(item["items"], read)
            case "ColumnSet":
                self._items(item["columns"], read)
            case kind if kind.startswith("Action."):
                self._action(item, read)
            case kind if kind.startswith("Input."):
                self._input(item, read)
            case _:
                self._text(item, "\n".join(self.element(item)), read)

    def _text(self, item: Json, text: str, read: Read) -> None:
        if not text:
            return
        looks = [item, *(run for run in item.get("inlines", ()) if isinstance(run, dict))]
        if any(look.get("color") == "Attention" for look in looks):
            read.errors[read.fields[-1].handle if read.fields else ""] = text
        read.lines.append(text)
        small = any(look.get("isSubtle") for look in looks)
        read.say(text, anew=not small and len(read.controls) > read.tapped)

    def _action(self, action: Json, read: Read) -> None:
        under, title = "\n".join(read.under), action["title"]
        picked = ((action.get("data") or {}).get("care") or {}).get("pick")
        if picked:
            part = read.lists[picked]
            label = part.get("label") or part.get("placeholder") or under
            read.controls.append(Control(label, under, "choice", (picked, action), choices(part)))
            return
        if action["type"] == "Action.ShowCard":
            inner = self.card(action["card"])
            for each in inner.controls:
                asks = "\n".join(line for line in inner.lines if not line.startswith("["))
                read.controls.append(Control(title, under, "button", each.handle, asks=asks))
        else:
            kind = "link" if action["type"] == "Action.OpenUrl" else "button"
            read.controls.append(Control(title, under, kind, ("", action)))
        read.lines.append(f"[{title}]")

    def _input(self, part: Json, read: Read) -> None:
        if part["id"].startswith(PICK):
            read.lists[part["id"]] = part
            label = part.get("label") or part.get("placeholder") or ""
            read.lines.append(label)
            read.say(label, anew=True)
            return
        read.lines += [part[each] for each in ("label", "title") if part.get(each)]
        read.fields.append(self.question(part))

    def question(self, part: Json) -> Field:
        """A question of a form."""
        held = self.typed.get(part["id"], initial(part))
        names = {value: title for title, value in choices(part).items()}
        many = part.get("isMultiSelect") or part["type"] == "Input.Toggle"
        value: Any = names.get(held, held) or None
        if kind_of(part) == "person":
            found = self.tenant.by_aad(held)
            value = found.id if found else held or None
        if many:
            value = [names[each] for each in str(held).split(",") if each in names]
        searched = "choices.data" in part
        return Field(
            label=part.get("label") or part.get("title", ""),
            kind=kind_of(part),
            handle=part["id"],
            choices={} if searched else choices(part),
            value=value,
            optional=not part.get("isRequired", False),
        )

    def element(self, item: Json) -> Iterator[str]:
        """The lines that an element shows."""
        match item["type"]:
            case "TextBlock":
                yield self.markdown(item["text"])
            case "RichTextBlock":
                yield self.moments("".join(run if isinstance(run, str) else run["text"] for run in item["inlines"]))
            case "FactSet":
                yield from (f"{self.markdown(each['title'])}\n{self.markdown(each['value'])}" for each in item["facts"])
            case "Image":
                yield item["altText"]
            case "Table":
                yield from (" | ".join(self.cell(cell) for cell in row["cells"]) for row in item["rows"])
            case "ProgressBar":
                yield from ()
            case kind if kind.startswith("Chart."):
                yield from chart(item)

    def cell(self, cell: Json) -> str:
        """A table's cell."""
        return "\n".join(line for each in cell["items"] for line in self.element(each))

    # -- text --------------------------------------------------------------------------------------

    def markdown(self, text: str) -> str:
        """Teams' Markdown as it reads: links by their words, mentions by name, formatting gone."""
        text = re.sub(r"<at>([^<]*)</at>", r"@\1", text)
        text = re.sub(r"\[([^\]]+)\]\([^)\s]+\)", r"\1", text)
        text = re.sub(r"\*\*(.+?)\*\*", r"\1", text)
        return self.moments(re.sub(r"(?<!\w)_(\S.*?)_(?!\w)", r"\1", text))

    def moments(self, text: str) -> str:
        """{{DATE(…)}} and {{TIME(…)}} in the reader's own zone."""

        def moment(found: re.Match[str]) -> str:
            here = datetime.fromisoformat(found[2]).astimezone(self.zone)
            return here.strftime("%b %-d, %Y") if found[1] == "DATE" else here.strftime("%-I:%M %p")

        shown = re.sub(r"\{\{(DATE|TIME)\(([^,)]+)(?:,\s*\w+)?\)\}\}", moment, text)
        return shown.replace("\u2060", "")  # keeps what people typed from being read as markup


def known(item: Json) -> Json | None:
    """The element itself, or what Teams shows in its place when it does not know it."""
    if item["type"] in ELEMENTS or item["type"] in ACTIONS:
        return item
    fallback = item.get("fallback")
    return known(fallback) if isinstance(fallback, dict) else None


def kind_of(part: Json) -> str:
    """What kind of question an input is."""
    if part["type"] != "Input.ChoiceSet":
        return KINDS[part["type"]]
    dataset = part.get("choices.data", {}).get("dataset", "")
    if dataset.startswith(PEOPLE):
        return "people" if part.get("isMultiSelect") else "person"
    if dataset == "care.channels":
        return "channel"
    return "many" if part.get("isMultiSelect") else "one"


def choices(part: Json) -> dict[str, str]:
    """What an input offers: what it says -> its value."""
    if part["type"] == "Input.Toggle":
        return {part["title"]: str(part.get("valueOn", "true"))}
    return {each["title"]: str(each["value"]) for each in part.get("choices", ())}


def chart(item: Json) -> Iterator[str]:
    """A chart in words."""
    if item.get("title"):
        yield item["title"]
    for series in item["data"]:
        if "values" in series:
            told = ", ".join(f"{each['x']} {each['y']:g}" for each in series["values"])
            yield f"{series.get('legend', '')}: {told}"
    if item["data"] and "values" not in item["data"][0]:
        yield ", ".join(f"{each['x']} {each['y']:g}" for each in item["data"])
