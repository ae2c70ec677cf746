"""Block Kit as a person reads it: text, controls and questions, for the conversation driver."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.demo.limits import elements_of, options_of
from bot.demo.shapes import initial
from bot.demo.workspace import Json, User, Workspace
from tests.demo_platform import Control, Field

KINDS = {
    "plain_text_input": "text",
    "email_text_input": "text",
    "url_text_input": "text",
    "number_input": "number",
    "static_select": "one",
    "radio_buttons": "one",
    "checkboxes": "many",
    "multi_static_select": "many",
    "users_select": "person",
    "multi_users_select": "people",
    "conversations_select": "channel",
    "datepicker": "date",
    "timepicker": "time",
    "external_select": "search",
}
DATES = {
    "date_num": "%Y-%m-%d",
    "date": "%B {day}, %Y",
    "date_short": "%b {day}, %Y",
    "date_long": "%A, %B {day}, %Y",
    "date_pretty": "%B {day}, %Y",
    "date_short_pretty": "%b {day}, %Y",
    "time": "{hour}:%M %p",
    "time_secs": "{hour}:%M:%S %p",
}


class Reader:
    """Block Kit as one person reads it: mentions by name, times in their own zone."""

    def __init__(self, workspace: Workspace, who: User | None) -> None:
        self.workspace, self.zone = workspace, ZoneInfo(who.tz if who else "Etc/UTC")

    def card(self, blocks: list[Json]) -> tuple[str, list[Control]]:
        """The text of a card and its controls, each with the text it stands under."""
        lines: list[str] = []
        controls: list[Control] = []
        under: list[str] = []
        for block in blocks:
            text = "\n".join(self.block(block))
            if text:
                lines.append(text)
                under = [*under, text] if under and not self._closes(block) else [text]
            if block["type"] == "divider":
                under = []
            if block["type"] == "input":
                continue
            beside = text if block["type"] == "section" else "\n".join(under)
            found = [control for each in elements_of(block) for control in self.controls(block, each, beside)]
            controls += found
            lines += [f"[{control.label}]" for control in found]
        return "\n".join(lines), controls

    def _closes(self, block: Json) -> bool:
        return block["type"] in ("section", "header", "rich_text")

    def block(self, block: Json) -> Iterator[str]:
        """The lines that a block shows, without its controls."""
        match block["type"]:
            case "section":
                yield from (self.text(each) for each in [block.get("text"), *block.get("fields", ())] if each)
            case "header":
                yield self.text(block["text"])
            case "context":
                yield " ".join(each.get("alt_text") or self.text(each) for each in block["elements"])
            case "image":
                yield " ".join(([block["title"]["text"]] if "title" in block else []) + [block["alt_text"]])
            case "rich_text":
                yield self.rich(block)
            case "table" | "data_table":
                yield from [block["caption"]] if "caption" in block else []
                yield from (" | ".join(self.cell(cell) for cell in row) for row in block["rows"])
            case "data_visualization":
                yield from self.chart(block)
            case "markdown":
                yield block["text"]
            case "input":
                yield from (block[each]["text"] for each in ("label", "hint") if each in block)

    def chart(self, block: Json) -> Iterator[str]:
        """A chart in words."""
        yield block["title"]
        for series in block["chart"].get("series", ()):
            yield f"{series['name']}: " + ", ".join(f"{each['label']} {each['value']:g}" for each in series["data"])

    def cell(self, cell: Json) -> str:
        """A table's cell."""
        return self.rich(cell) if cell["type"] == "rich_text" else str(cell["text"])

    def controls(self, block: Json, element: Json, under: str) -> Iterator[Control]:
        """What can be done with an element: an overflow menu is as many buttons."""
        at = (block["block_id"], element["action_id"])
        asks = self.text(element["confirm"]["text"]) if "confirm" in element else ""
        if element["type"] == "button":
            kind = "link" if element.get("url") else "button"
            yield Control(self.plain(element["text"]), under, kind, (*at, None), asks=asks)
        elif element["type"] == "overflow":
            for option in element["options"]:
                yield Control(self.text(option["text"]), under, "button", (*at, option["value"]), asks=asks)
        else:
            label = self.plain(element["placeholder"]) if "placeholder" in element else under
            yield Control(label, under, "choice", (*at, None), self.choices(element), asks)

    def choices(self, element: Json) -> dict[str, Any]:
        """What an element offers: what it says -> its value."""
        if element["type"] == "conversations_select":
            return {each.name: each.id for each in self.workspace.channels.values() if each.name}
        return {self.text(option["text"]): option["value"] for option in options_of(element)}

    def field(self, block: Json, typed: Json) -> Field:
        """A question of a form."""
        element = block["element"]
        at = (block["block_id"], element["action_id"])
        held = typed.get(at[0], {}).get(at[1])
        hint = self.plain(block["hint"]) if "hint" in block else ""
        return Field(
            label=self.plain(block["label"]),
            kind=KINDS[element["type"]],
            handle=at,
            choices=self.choices(element),
            value=self.held(held) if held else self.shown_initial(initial(element)),
            hint=hint,
            optional=bool(block.get("optional")),
        )

    def held(self, state: Json) -> Any:
        """What was typed or chosen, as the person sees it."""
        return self.shown_initial(next((state[key] for key in state if key != "type"), None))

    def shown_initial(self, value: Any) -> Any:
        """A value as it is shown: options by what they say."""
        if isinstance(value, list):
            return [self.shown_initial(each) for each in value]
        return self.text(value["text"]) if isinstance(value, dict) else value

    # -- text --------------------------------------------------------------------------------------

    def text(self, text: Json) -> str:
        """A text object as it reads."""
        return self.mrkdwn(text["text"]) if text["type"] == "mrkdwn" else self.plain(text)

    def plain(self, text: Json) -> str:
        """A plain_text object, as it is."""
        return str(text["text"])

    def mrkdwn(self, text: str) -> str:
        """Slack's markup as it reads: references by name, formatting gone, entities as characters."""
        named = re.sub(r"<([^<>]+)>", lambda found: self.reference(found[1]), text)
        bare = re.sub(r"(?<![\w*_~`])([*_~`])(?=\S)(.+?)(?<=\S)\1(?![\w*_~`])", r"\2", named)
        bare = re.sub(r"(?<![\w*_~`])([*_~`])(?=\S)(.+?)(?<=\S)\1(?![\w*_~`])", r"\2", bare)
        return bare.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")

    def reference(self, inner: str) -> str:
        """What stands between < and >: a person, a channel, a date or a link."""
        target, _, label = inner.partition("|")
        if target.startswith("@"):
            return "@" + self.name(target[1:])
        if target.startswith("#"):
            return "#" + (label or self.workspace.channels[target[1:]].name)
        if target.startswith("!date^"):
            _, stamp, form, *_ = target.split("^")
            return self.date(int(stamp), form)
        return "@" + target[1:] if target.startswith("!") else label or target

    def name(self, user_id: str) -> str:
        """How a mention reads."""
        user = self.workspace.users.get(user_id)
        return user.name if user else "unknown"

    def date(self, stamp: int, form: str) -> str:
        """An instant in the reader's own zone, by Slack's tokens."""
        here = datetime.fromtimestamp(stamp, self.zone)
        hour = here.hour % 12 or 12

        def token(found: re.Match[str]) -> str:
            return here.strftime(DATES[found[1]].format(day=here.day, hour=hour)) if found[1] in DATES else found[0]

        return re.sub(r"\{(\w+)\}", token, form)

    def rich(self, block: Json) -> str:
        """A rich_text block as lines."""
        lines = []
        for part in block["elements"]:
            if part["type"] == "rich_text_list":
                lines += ["• " + self._leaves(item["elements"]) for item in part["elements"]]
            else:
                lines.append(self._leaves(part["elements"]))
        return "\n".join(lines)

    def _leaves(self, elements: list[Json]) -> str:
        return "".join(self._leaf(each) for each in elements)

    def _leaf(self, leaf: Json) -> str:
        match leaf["type"]:
            case "user":
                return "@" + self.name(leaf["user_id"])
            case "channel":
                return "#" + self.workspace.channels[leaf["channel_id"]].name
            case "date":
                return self.date(leaf["timestamp"], leaf["format"])
            case "emoji":
                return f":{leaf['name']}:"
            case "broadcast":
                return f"@{leaf['range']}"
            case "link":
                return str(leaf.get("text") or leaf["url"])
            case _:
                return str(leaf["text"])
