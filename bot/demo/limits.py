"""Block Kit's shapes and limits, checked as Slack does: every complaint points at the part it is about.

The numbers are Slack's published ones; docs.slack.dev/reference/block-kit lists them block by block.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

Json = dict[str, Any]
Check = Callable[[Any, str], Iterator[str]]

MESSAGE_BLOCKS, VIEW_BLOCKS = 50, 100
MESSAGE_CHARACTERS = 13_200  # all block text of one message together
VIEW_BYTES = 250_000
CHARTS_PER_MESSAGE = 2
ID = 255


def string(most: int = 0, least: int = 0) -> Check:
    """A string of at most `most` characters (0: any)."""

    def check(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, str):
            yield f"must be a string [json-pointer:{at}]"
        elif most and len(value) > most:
            yield f"must be less than {most + 1} characters [json-pointer:{at}]"
        elif len(value) < least:
            yield f"must be more than {least - 1} characters [json-pointer:{at}]"

    return check


def text(most: int, plain: bool = False) -> Check:
    """A text object; `plain` refuses mrkdwn."""

    def check(value: Any, at: str) -> Iterator[str]:
        kind = str(value.get("type")) if isinstance(value, dict) else ""
        if kind not in (("plain_text",) if plain else ("plain_text", "mrkdwn")):
            yield f"must be a valid text object [json-pointer:{at}]"
            return
        allowed = {"plain_text": {"type", "text", "emoji"}, "mrkdwn": {"type", "text", "verbatim"}}[kind]
        yield from extra(value, allowed, at)
        yield from string(most, least=1)(value.get("text"), f"{at}/text")

    return check


def many(most: int, item: Check, least: int = 1) -> Check:
    """A list of `least` to `most` items."""

    def check(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, list):
            yield f"must be an array [json-pointer:{at}]"
            return
        if len(value) > most:
            yield f"no more than {most} items allowed [json-pointer:{at}]"
        if len(value) < least:
            yield f"must have at least {least} items [json-pointer:{at}]"
        for index, each in enumerate(value):
            yield from item(each, f"{at}/{index}")

    return check


def kind(*types: type) -> Check:
    """A bare JSON value of one of these types."""

    def check(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
            yield f"must be a {'/'.join(each.__name__ for each in types)} [json-pointer:{at}]"

    return check


def among(*words: str) -> Check:
    """One of these words."""

    def check(value: Any, at: str) -> Iterator[str]:
        if value not in words:
            yield f"must be one of {', '.join(words)} [json-pointer:{at}]"

    return check


def shape(required: dict[str, Check], optional: dict[str, Check] | None = None) -> Check:
    """An object with these fields and no others."""
    fields = {**required, **(optional or {})}

    def check(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield f"must be an object [json-pointer:{at}]"
            return
        yield from (f"missing required field: {name} [json-pointer:{at}]" for name in required if name not in value)
        yield from extra(value, fields.keys() | {"type"}, at)
        for name in fields.keys() & value.keys():
            yield from fields[name](value[name], f"{at}/{name}")

    return check


def extra(value: Json, allowed: Any, at: str) -> Iterator[str]:
    """A complaint for every field that Slack does not know here."""
    yield from (f"invalid additional property: {name} [json-pointer:{at}]" for name in value if name not in allowed)


def typed(table: dict[str, Check], *types: str) -> Check:
    """An object whose `type` says which shape it must have."""

    def check(value: Any, at: str) -> Iterator[str]:
        name = value.get("type") if isinstance(value, dict) else None
        if name not in table or (types and name not in types):
            yield f"unsupported type: {name} [json-pointer:{at}]"
        else:
            yield from table[name](value, at)

    return check


def plain(most: int) -> Check:
    """A plain_text object."""
    return text(most, plain=True)


def whatever(value: Any, at: str) -> Iterator[str]:
    """Anything at all."""
    return iter(())


flag, words = kind(bool), many(100, string())
OPTION = shape({"text": text(75), "value": string(150)}, {"description": text(75), "url": string(3000)})
GROUP = shape({"label": plain(75), "options": many(100, OPTION)})
CONFIRM = shape(
    {"title": plain(100), "text": text(300), "confirm": plain(30), "deny": plain(30)},
    {"style": among("primary", "danger")},
)
ASK = {"action_id": string(ID), "confirm": CONFIRM, "focus_on_load": flag, "placeholder": plain(150)}
WRITE = {"action_id": string(ID), "focus_on_load": flag, "placeholder": plain(150), "dispatch_action_config": whatever}
PICK = {"options": many(100, OPTION), "option_groups": many(100, GROUP)}
FEW = {"options": many(10, OPTION)}

ELEMENTS: dict[str, Check] = {
    "button": shape(
        {"text": plain(75)},
        {"action_id": string(ID), "value": string(2000), "url": string(3000), "confirm": CONFIRM}
        | {"style": among("primary", "danger"), "accessibility_label": string(75)},
    ),
    "overflow": shape({"options": many(5, OPTION)}, {"action_id": string(ID), "confirm": CONFIRM}),
    "static_select": shape({}, ASK | PICK | {"initial_option": OPTION}),
    "multi_static_select": shape(
        {}, ASK | PICK | {"initial_options": many(100, OPTION), "max_selected_items": kind(int)}
    ),
    "external_select": shape({}, ASK | {"initial_option": OPTION, "min_query_length": kind(int)}),
    "users_select": shape({}, ASK | {"initial_user": string()}),
    "multi_users_select": shape({}, ASK | {"initial_users": words, "max_selected_items": kind(int)}),
    "conversations_select": shape(
        {},
        ASK
        | {"initial_conversation": string(), "filter": whatever}
        | {"default_to_current_conversation": flag, "response_url_enabled": flag},
    ),
    "radio_buttons": shape(FEW, {key: ASK[key] for key in ASK if key != "placeholder"} | {"initial_option": OPTION}),
    "checkboxes": shape(
        FEW, {key: ASK[key] for key in ASK if key != "placeholder"} | {"initial_options": many(10, OPTION)}
    ),
    "datepicker": shape({}, ASK | {"initial_date": string(10)}),
    "timepicker": shape({}, ASK | {"initial_time": string(5), "timezone": string()}),
    "datetimepicker": shape({}, {"action_id": string(ID), "confirm": CONFIRM, "initial_date_time": kind(int)}),
    "plain_text_input": shape(
        {},
        WRITE | {"initial_value": string(3000), "multiline": flag, "min_length": kind(int), "max_length": kind(int)},
    ),
    "number_input": shape(
        {"is_decimal_allowed": flag},
        WRITE | {"initial_value": string(), "min_value": string(), "max_value": string()},
    ),
    "email_text_input": shape({}, WRITE | {"initial_value": string()}),
    "url_text_input": shape({}, WRITE | {"initial_value": string()}),
    "image": shape({"alt_text": string(2000, 1)}, {"image_url": string(3000, 1), "slack_file": whatever}),
}
INPUTS = tuple(name for name in ELEMENTS if name not in ("button", "overflow", "image"))
ACTIONS = tuple(name for name in ELEMENTS if name != "image" and not name.endswith("_input"))
INTERACTIVE = frozenset(ELEMENTS) - {"image"}


def context_part(value: Any, at: str) -> Iterator[str]:
    """What a context block holds: text or a small image."""
    image = isinstance(value, dict) and value.get("type") == "image"
    yield from (ELEMENTS["image"] if image else text(2000))(value, at)


RICH_STYLE = shape({}, dict.fromkeys(("bold", "italic", "strike", "code", "underline"), flag))
RICH_LEAVES: dict[str, Check] = {
    "text": shape({"text": string(0, 1)}, {"style": RICH_STYLE}),
    "link": shape({"url": string(3000, 1)}, {"text": string(), "unsafe": flag, "style": RICH_STYLE}),
    "user": shape({"user_id": string(0, 1)}, {"style": RICH_STYLE}),
    "channel": shape({"channel_id": string(0, 1)}, {"style": RICH_STYLE}),
    "emoji": shape({"name": string(0, 1)}, {"unicode": string(), "style": RICH_STYLE}),
    "broadcast": shape({"range": among("here", "channel", "everyone")}, {"style": RICH_STYLE}),
    "date": shape(
        {"timestamp": kind(int), "format": string(0, 1)},
        {"fallback": string(), "url": string(), "style": RICH_STYLE},
    ),
}
RICH_LINE = shape({"elements": many(1000, typed(RICH_LEAVES), 0)})
RICH_BOX = shape({"elements": many(1000, typed(RICH_LEAVES), 0)}, {"border": kind(int)})
RICH_LIST = shape(
    {"style": among("bullet", "ordered"), "elements": many(1000, RICH_LINE)},
    {"indent": kind(int), "border": kind(int), "offset": kind(int)},
)
RICH_PARTS: dict[str, Check] = {
    "rich_text_section": RICH_LINE,
    "rich_text_quote": RICH_BOX,
    "rich_text_preformatted": RICH_BOX,
    "rich_text_list": RICH_LIST,
}
CELL = typed(
    {
        "raw_text": shape({"text": string(0, 1)}),
        "raw_number": shape({"value": kind(int, float), "text": string(0, 1)}),
        "rich_text": shape({"elements": many(1000, typed(RICH_PARTS))}, {"block_id": string(ID)}),
    }
)
POINT = shape({"label": string(20, 1), "value": kind(int, float)})
SERIES = shape({"name": string(20, 1), "data": many(20, POINT)})
PLOT = shape(
    {"series": many(12, SERIES)},
    {"axis_config": shape({}, {"categories": many(20, string(20, 1)), "x_label": string(50), "y_label": string(50)})},
)


def chart(value: Any, at: str) -> Iterator[str]:
    """A chart, in which every series covers every category."""
    yield from typed({"line": PLOT, "bar": PLOT, "area": PLOT, "pie": whatever})(value, at)
    if isinstance(value, dict) and value.get("axis_config", {}).get("categories"):
        wanted = value["axis_config"]["categories"]
        for index, series in enumerate(value.get("series", [])):
            if [point.get("label") for point in series.get("data", [])] != wanted:
                yield f"must have one point for each category [json-pointer:{at}/series/{index}]"


BLOCK_ID = {"block_id": string(ID)}
BLOCKS: dict[str, Check] = {
    "section": shape(
        {},
        BLOCK_ID
        | {"text": text(3000), "fields": many(10, text(2000)), "expand": flag}
        | {"accessory": typed(ELEMENTS, *ACTIONS, "image")},
    ),
    "header": shape({"text": plain(150)}, BLOCK_ID),
    "divider": shape({}, BLOCK_ID),
    "context": shape({"elements": many(10, context_part)}, BLOCK_ID),
    "actions": shape({"elements": many(25, typed(ELEMENTS, *ACTIONS))}, BLOCK_ID),
    "image": shape(
        {"alt_text": string(2000, 1)},
        BLOCK_ID | {"image_url": string(3000, 1), "slack_file": whatever, "title": plain(2000)},
    ),
    "input": shape(
        {"label": plain(2000), "element": typed(ELEMENTS, *INPUTS)},
        BLOCK_ID | {"hint": plain(2000), "optional": flag, "dispatch_action": flag},
    ),
    "rich_text": shape({"elements": many(1000, typed(RICH_PARTS))}, BLOCK_ID),
    "markdown": shape({"text": string(12_000, 1)}, BLOCK_ID),
    "table": shape(
        {"rows": many(100, many(20, CELL))},
        BLOCK_ID | {"column_settings": many(20, whatever)},
    ),
    "data_table": shape(
        {"caption": string(0, 1), "rows": many(201, many(20, CELL), 2)},
        BLOCK_ID | {"page_size": kind(int), "row_header_column_index": kind(int)},
    ),
    "data_visualization": shape({"title": string(50, 1), "chart": chart}, BLOCK_ID),
}
NOT_IN_MODALS = ("table", "data_table", "data_visualization")


def message_faults(blocks: Any) -> list[str]:
    """What Slack would complain about in the blocks of a message."""
    found = list(many(MESSAGE_BLOCKS, typed(BLOCKS), 0)(blocks, "/blocks"))
    return found or list(_together(blocks, "/blocks"))


def view_faults(view: Any) -> list[str]:
    """What Slack would complain about in a modal or a Home."""
    surface = view.get("type") if isinstance(view, dict) else None
    if surface not in ("modal", "home"):
        return ["must be a modal or a home [json-pointer:/view/type]"]
    found = list(VIEWS[surface](view, "/view"))
    return found or [*_together(view["blocks"], "/view/blocks"), *(_modal(view) if surface == "modal" else ())]


def characters(blocks: list[Json]) -> int:
    """All the text in the blocks of a message, in characters."""
    return sum(len(each) for each in _strings(blocks))


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for each in value:
            yield from _strings(each)
    elif isinstance(value, dict):
        if isinstance(value.get("text"), str):
            yield value["text"]
        for each in value.values():
            if not isinstance(each, str):
                yield from _strings(each)


def _together(blocks: list[Json], at: str) -> Iterator[str]:
    """What no single block can be blamed for: duplicate ids, too many charts, options nobody offered."""
    ids = Counter(block["block_id"] for block in blocks if block.get("block_id"))
    yield from (f"block_id already exists: {block_id} [json-pointer:{at}]" for block_id in ids if ids[block_id] > 1)
    if sum(block["type"] == "data_visualization" for block in blocks) > CHARTS_PER_MESSAGE:
        yield f"no more than {CHARTS_PER_MESSAGE} data_visualization blocks allowed [json-pointer:{at}]"
    for index, block in enumerate(blocks):
        yield from _inside(block, f"{at}/{index}")


def _inside(block: Json, at: str) -> Iterator[str]:
    elements = elements_of(block)
    names = Counter(element["action_id"] for element in elements if element.get("action_id"))
    yield from (f"action_id already exists: {name} [json-pointer:{at}]" for name in names if names[name] > 1)
    if block["type"] == "section" and not (block.get("text") or block.get("fields")):
        yield f"must define either `text` or `fields` [json-pointer:{at}]"
    for element in elements:
        yield from _choices(element, at)


def _choices(element: Json, at: str) -> Iterator[str]:
    if element["type"] in ("static_select", "multi_static_select") and ("options" in element) == (
        "option_groups" in element
    ):
        yield f"must define either `options` or `option_groups` [json-pointer:{at}]"
    offered = options_of(element)
    preset = [*element.get("initial_options", ()), *filter(None, [element.get("initial_option")])]
    if element["type"] != "external_select" and any(option not in offered for option in preset):
        yield f"initial option is not among the options [json-pointer:{at}]"


def _modal(view: Json) -> Iterator[str]:
    if not view.get("submit") and any(block["type"] == "input" for block in view["blocks"]):
        yield "missing required field: submit [json-pointer:/view]"
    for index, block in enumerate(view["blocks"]):
        if block["type"] in NOT_IN_MODALS:
            yield f"unsupported type: {block['type']} [json-pointer:/view/blocks/{index}]"


def elements_of(block: Json) -> list[Json]:
    """Every element of a block that a person can act on."""
    parts = [*block.get("elements", ()), block.get("element"), block.get("accessory")]
    return [part for part in parts if isinstance(part, dict) and part.get("type") in INTERACTIVE]


def options_of(element: Json) -> list[Json]:
    """Every option that an element offers, grouped or not."""
    grouped = [option for group in element.get("option_groups", ()) for option in group["options"]]
    return [*element.get("options", ()), *grouped]


_VIEW = dict.fromkeys(("callback_id", "external_id"), string(ID)) | {"private_metadata": string(3000)}
VIEWS = {
    "home": shape({"blocks": many(VIEW_BLOCKS, typed(BLOCKS), 0)}, _VIEW),
    "modal": shape(
        {"title": plain(24), "blocks": many(VIEW_BLOCKS, typed(BLOCKS), 0)},
        _VIEW | {"submit": plain(24), "close": plain(24), "notify_on_close": flag, "clear_on_close": flag},
    ),
}
