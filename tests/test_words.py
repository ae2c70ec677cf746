"""Everything the bot says: each card has its example, Slack takes it, and no word slips by the translators."""

import gettext
import importlib
import pkgutil
import re
import string
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, get_args, get_type_hints
from zoneinfo import available_timezones

import pytest
from babel import Locale
from babel.messages.extract import extract_from_dir

from bot import errors, words
from bot.card import Bold, Button, Card, Chart, Form, Link, Text, Typed, buttons, card, city
from bot.errors import CareError
from bot.language import speaking
from bot.slack import blocks
from tests import blockkit
from tests.demo_conformance import need_schemas, validator

ROOT = Path(__file__).resolve().parent.parent
Example = Callable[[], Card | Form]
MODULES: list[ModuleType] = [getattr(words, name) for name in words.__all__]
EXAMPLES: dict[str, Example] = {
    f"{module.__name__.removeprefix('bot.words.')}.{name}": example
    for module in MODULES
    for name, example in module.EXAMPLES.items()
}
# Japanese, where neither dates nor numbers nor countries have Latin letters: what has some was not translated.
READER = "ja"
each_example = pytest.mark.parametrize("name", EXAMPLES)


class Marking(gettext.NullTranslations):
    """A language in which every sentence stands in brackets, and which remembers what it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: set[str | tuple[str, str]] = set()

    def gettext(self, message: str) -> str:
        assert message, "the empty sentence is a catalogue's header"
        self.asked.add(message)
        return f"⟦{message}⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        self.asked.add((msgid1, msgid2))
        return f"⟦{msgid1 if n == 1 else msgid2}⟧"


# -- every card has an example, and Slack takes it -----------------------------------------------------------


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_every_card_and_form_has_an_example_of_its_name(module: ModuleType) -> None:
    shown = {name for name in vars(module) if returns_card(module, name)}
    assert shown - set(module.EXAMPLES) == set()
    assert [
        name for name in module.EXAMPLES if not any(name == one or name.startswith(f"{one}_") for one in vars(module))
    ] == []


def returns_card(module: ModuleType, name: str) -> bool:
    made = getattr(module, name)
    if name.startswith("_") or not callable(made) or getattr(made, "__module__", "") != module.__name__:
        return False
    kind = get_type_hints(made).get("return")
    return bool({kind, *get_args(kind)} & {Card, Form})


@each_example
def test_slack_takes_every_example(name: str) -> None:
    made = EXAMPLES[name]()
    if isinstance(made, Form):
        assert list(blockkit.faults(blocks.modal(made)["blocks"], "modal")) == []
        assert all(blockkit.units(text) <= 24 for text in (made.title, made.submit)), "it would be cut off"
    else:
        assert list(blockkit.faults(blocks.message(made)["blocks"], "message")) == []
        assert list(blockkit.faults(blocks.home(made)["blocks"], "home")) == []


@each_example
def test_every_example_is_of_slacks_own_types(name: str) -> None:
    need_schemas()
    made = EXAMPLES[name]()
    drawn = {"modal": blocks.modal(made)} if isinstance(made, Form) else {"home": blocks.home(made)}
    validator("blockkit.schema.json").validate(drawn)


@each_example
def test_no_chart_says_its_unit_twice(name: str) -> None:
    shown = EXAMPLES[name]()
    charts = [part for part in shown.parts if isinstance(part, Chart)] if isinstance(shown, Card) else []
    assert [chart.title for chart in charts if chart.y_label and chart.y_label in chart.title] == []


@each_example
def test_nothing_of_a_button_is_cut_off(name: str) -> None:
    made = EXAMPLES[name]()
    drawn = blocks.modal(made) if isinstance(made, Form) else blocks.message(made)
    labels = [box["text"]["text"] for box in blockkit.boxes(drawn) if box.get("type") == "button"]
    assert [label for label in labels if label.endswith("…") and blockkit.units(label) > 70] == []


# -- no word slips by ------------------------------------------------------------------------------------------


@each_example
def test_every_word_of_the_bot_is_translated(name: str) -> None:
    with speaking(READER, Marking()):
        made = EXAMPLES[name]()
    assert [
        text for text in told(made) if untranslated(text) and re.sub(r" \(.*\)$", "", text) not in named_by_themselves()
    ] == []


def told(thing: Any) -> Iterator[str]:
    """Every text of a card that is the bot's own; a line as one, with a mark where others' words stand."""
    if isinstance(thing, str):
        yield thing
    elif isinstance(thing, Bold | Link):
        yield thing.text
    elif isinstance(thing, tuple) and all(isinstance(one, str) or type(one).__module__ == "bot.line" for one in thing):
        yield "".join(one if isinstance(one, str) else "".join(told(one)) for one in thing)
    elif isinstance(thing, tuple):
        for one in thing:
            yield from told(one)
    elif is_dataclass(thing) and type(thing).__module__ == "bot.card":
        for field in fields(thing):
            if field.name not in NO_WORDS:
                yield from told(getattr(thing, field.name))


@cache
def named_by_themselves() -> frozenset[str]:
    """What has one name in all languages: the cities of the zones (some with their region), and countries too new for this reader's CLDR."""
    countries = (str(code) for code in Locale("en").territories if code not in Locale(READER).territories)
    return frozenset(map(city, available_timezones())) | frozenset(countries)


# What holds ids, addresses and what people typed. Everything else in a card is said by the bot.
NO_WORDS = {"route", "value", "values", "chosen", "style", "kind", "id", "url"}


def untranslated(text: str) -> bool:
    """Whether a letter stands outside all brackets."""
    depth = 0
    for character in text:
        depth += (character == "⟦") - (character == "⟧")
        if depth == 0 and character in string.ascii_letters:
            return True
    return False


def test_a_word_outside_the_brackets_would_be_found() -> None:
    assert untranslated("⟦Hello⟧ there")
    assert not untranslated("⟦Hello ⟦you⟧ there⟧ 12–13")
    assert list(filter(None, told(card("⟦a⟧")))) == ["⟦a⟧"]
    assert list(filter(None, told(card((Typed("Ana"), "b"), Text(Bold("c")))))) == ["b", "c"]
    assert list(filter(None, told(card("", buttons(Button("d", "not.words", "nor this")))))) == ["d"]


# -- refusals ----------------------------------------------------------------------------------------------------


@cache
def refusals() -> tuple[type[CareError], ...]:
    """Every class of refusal there is, wherever it is written."""
    for package in ("bot", "handlers", "schedules", "storage"):
        for found in pkgutil.walk_packages([str(ROOT / package)], f"{package}."):
            if not found.name.endswith("__main__") and "migrations" not in found.name:
                importlib.import_module(found.name)

    def below(kind: type[CareError]) -> Iterator[type[CareError]]:
        yield kind
        for child in kind.__subclasses__():
            yield from below(child)

    return tuple(kind for kind in below(CareError) if kind.__module__.split(".")[0] != "tests")


def said_by(kind: type[CareError], translate: Callable[[str], str]) -> str:
    slots = [name for _, name, _, _ in string.Formatter().parse(kind.sentence) if name]
    values: dict[str, Any] = dict.fromkeys(slots, "«»")
    if issubclass(kind, errors.NotAllowed):
        values["who"] = (errors.N_("workspace admins"),)
    return kind(**values).say(translate)


def test_every_refusal_goes_through_the_translators() -> None:
    slipped = [kind.__name__ for kind in refusals() if untranslated(said_by(kind, Marking().gettext))]
    assert slipped == []


def test_every_refusal_is_a_whole_sentence() -> None:
    for kind in refusals():
        said = said_by(kind, errors.N_)
        assert re.match(r"[A-Z“«]|line ", said), kind
        assert said.endswith((".", "?", "”.")), kind
        assert "{" not in said, kind


def test_a_refusal_shows_what_somebody_typed_as_text() -> None:
    typed = "{who} <!channel> *b* {0}"
    shown = blocks.message(words.home.refusal(errors.UnknownPerson(name=typed).say()))
    assert typed in "".join(text for key, text in blockkit.strings(shown["blocks"]) if key == "text")
    assert "<!channel>" not in shown["text"]


# -- what translators are given ---------------------------------------------------------------------------------------


@cache
def extracted() -> frozenset[Any]:
    """What Babel's extractor finds, as `pybabel extract` would."""
    keywords = {"_": None, "N_": None, "ngettext": (1, 2)}
    return frozenset(
        message
        for package in ("bot", "handlers", "schedules", "storage")
        for _, _, message, _, _ in extract_from_dir(str(ROOT / package), [("**.py", "python")], keywords=keywords)
    )


@each_example
def test_translators_are_given_every_sentence_that_is_said(name: str) -> None:
    marking = Marking()
    with speaking(READER, marking):
        EXAMPLES[name]()
    assert marking.asked - extracted() == set()


def test_translators_are_given_every_refusal_and_every_line_of_help() -> None:
    import handlers

    said = {kind.sentence for kind in refusals()} | {command.about for command in handlers.commands()}
    assert said - extracted() == set()


def test_no_sentence_is_glued_before_it_is_translated() -> None:
    """An f-string or a sum inside `_(…)` is a sentence no translator ever sees."""
    glued = re.compile(r"(?<![\w.])(?:_|N_|ngettext)\(\s*f[\"']")
    paths = [path for package in ("bot", "handlers", "schedules", "storage") for path in (ROOT / package).rglob("*.py")]
    assert [path.name for path in paths if glued.search(path.read_text())] == []


def test_slots_of_both_numbers_are_the_same() -> None:
    def slots(sentence: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(sentence) if name} - {"n"}

    both = [message for message in extracted() if isinstance(message, tuple)]
    assert both
    assert [message for message in both if slots(message[0]) != slots(message[1])] == []
