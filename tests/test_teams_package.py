"""The app package for Teams: what Teams accepts, the same bytes each time, and a sentence for what it cannot be."""

import json
import os
import struct
import tomllib
import zipfile
import zlib
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator

import handlers
from bot.cli import main
from bot.teams import package
from tests.demo_conformance import SCHEMAS

ROOT = Path(__file__).resolve().parent.parent
APP = "00000000-0000-4000-8000-0000000000Ab"
SCHEMA = SCHEMAS / "teams" / "manifest.schema.json"


def built(to: Path, app_id: str = APP, domain: str = "Care.Example.com") -> int:
    return main(["teams-package", "--app-id", app_id, "--domain", domain, "-o", str(to)])


@pytest.fixture
def made(tmp_path: Path) -> zipfile.ZipFile:
    assert built(tmp_path / "care.zip") == 0
    return zipfile.ZipFile(tmp_path / "care.zip")


def manifest(made: zipfile.ZipFile) -> Any:
    return json.loads(made.read("manifest.json"))


def pixels(png: bytes) -> tuple[int, int, bytes]:
    """Width, height and the pixels of a PNG as this project writes them: no filters, four bytes each."""
    width, height = struct.unpack(">2I", png[16:24])
    start = png.index(b"IDAT") + 4
    raw = zlib.decompress(png[start : start + struct.unpack(">I", png[start - 8 : start - 4])[0]])
    lines = [raw[at * (4 * width + 1) + 1 : (at + 1) * (4 * width + 1)] for at in range(height)]
    return width, height, b"".join(lines)


def test_it_holds_a_manifest_and_two_icons_and_nothing_else(made: zipfile.ZipFile) -> None:
    assert made.namelist() == ["manifest.json", "color.png", "outline.png"]
    assert made.testzip() is None


def test_it_is_the_same_bytes_whenever_it_is_built(tmp_path: Path) -> None:
    for name in ("a.zip", "b.zip"):
        built(tmp_path / name)
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    assert {entry.date_time for entry in zipfile.ZipFile(tmp_path / "a.zip").infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_the_manifest_is_one_that_teams_accepts(made: zipfile.ZipFile) -> None:
    if not SCHEMA.is_file():
        assert not os.environ.get("CI"), "the conformance schemas are required in CI"
        pytest.skip(f"no schemas at {SCHEMAS}")
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    del schema["definitions"]["extensionFunction"]["properties"]["name"]["pattern"]  # \p{L}, which Python cannot read
    Draft4Validator(schema).validate(manifest(made))


def test_the_bot_is_the_app_in_every_kind_of_chat(made: zipfile.ZipFile) -> None:
    told = manifest(made)
    (bot,) = told["bots"]
    assert told["id"] == bot["botId"] == APP.lower()
    assert bot["scopes"] == ["personal", "team", "groupChat"]
    assert told["validDomains"] == ["care.example.com"]
    assert told["supportsChannelFeatures"] == "tier1"  # private channels, too
    assert "authorization" not in told


def test_every_command_is_listed_in_words_teams_does_not_cut(made: zipfile.ZipFile) -> None:
    (listed,) = manifest(made)["bots"][0]["commandLists"]
    assert [one["title"] for one in listed["commands"]] == [one.word for one in handlers.commands()]
    assert all(len(one["title"]) <= 32 and len(one["description"]) <= 128 for one in listed["commands"])


def test_every_action_of_a_message_is_in_its_menu_and_opens_a_form(made: zipfile.ZipFile) -> None:
    (menu,) = manifest(made)["composeExtensions"]
    assert menu["botId"] == APP.lower()
    assert [one["id"] for one in menu["commands"]] == ["blockers.from_message"]
    assert [one.route for one in handlers.shortcuts() if one.where == "message"] == ["blockers.from_message"]
    for one in menu["commands"]:
        assert (one["type"], one["context"], one["fetchTask"]) == ("action", ["message"], True)
        assert len(one["title"]) <= 32


def test_its_version_is_the_projects() -> None:
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"] == package.VERSION


def test_the_outline_is_white_on_nothing_and_the_other_fills_its_square(made: zipfile.ZipFile) -> None:
    width, height, shape = pixels(made.read("outline.png"))
    assert (width, height) == (32, 32)
    assert set(shape[0::4]) | set(shape[1::4]) | set(shape[2::4]) == {255}
    assert {0, 255} < set(shape[3::4])
    width, height, filled = pixels(made.read("color.png"))
    assert (width, height) == (192, 192)
    assert set(filled[3::4]) == {255}


@pytest.mark.parametrize("wrong", ["", "care", "00000000-0000-0000-0000-00000000000", f"{{{APP}}}"])
def test_what_is_no_app_id_is_said_in_a_sentence(
    wrong: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert built(tmp_path / "care.zip", app_id=wrong) == 2
    assert capsys.readouterr().err.startswith(f"“{wrong}” is no app id")
    assert not (tmp_path / "care.zip").exists()


@pytest.mark.parametrize(
    "wrong", ["", "localhost", "https://care.example.com", "care.example.com:8080", "a-.com", "a/b.com"]
)
def test_what_is_no_domain_is_said_in_a_sentence(
    wrong: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert built(tmp_path / "care.zip", domain=wrong) == 2
    assert capsys.readouterr().err.startswith(f"“{wrong}” is no domain")


def test_a_place_that_cannot_be_written_is_said_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert built(tmp_path / "nowhere" / "care.zip") == 2
    assert "can't be written" in capsys.readouterr().err
