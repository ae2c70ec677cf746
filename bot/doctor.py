"""`python -m bot doctor`: checks settings, database, token, scopes, channels and people; says what to do about each."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import storage
from bot.chat import Ambiguous, Limited, Refused
from bot.errors import CareError
from bot.language import _, ngettext
from bot.settings import Settings
from bot.slack import manifest
from bot.slack.transport import SlackChat
from storage.database import EVERYONE, open_database


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: what was looked at, and, where something is wrong, what to do."""

    about: str
    trouble: str = ""


async def examine(settings: Settings, say: Callable[[str], None] = print) -> int:
    """Print every finding; 1 when anything is wrong."""
    wrong = 0
    async for finding in _findings(settings):
        wrong += bool(finding.trouble)
        say(
            f"{'✗' if finding.trouble else '✓'} {finding.about}"
            + (f"\n    → {finding.trouble}" if finding.trouble else "")
        )
    say(_("All is well.") if not wrong else _("{n} to look at.").format(n=wrong))
    return 1 if wrong else 0


async def _findings(settings: Settings) -> AsyncIterator[Finding]:
    try:
        settings.check_chat()
    except CareError as refusal:
        yield Finding(_("settings"), refusal.say(_))
        return
    yield Finding(_("settings"))
    database = open_database(settings.store.database_url)
    about = _("database {path}").format(path=database.place)
    try:
        await database.prepare()
    except CareError as refusal:
        yield Finding(about, refusal.say(_))
        return
    yield Finding(about)
    chat = SlackChat(settings.slack.bot_token, settings.slack.api_url)
    try:
        async for finding in _slack(settings, chat):
            yield finding
    finally:
        await chat.close()
    async for finding in _people(settings.store.database_url):
        yield finding


async def _slack(settings: Settings, chat: SlackChat) -> AsyncIterator[Finding]:
    try:
        me, granted = await chat.identity()
    except Refused as refusal:
        todo = _("Slack refuses it ({reason}): copy SLACK_BOT_TOKEN again from “OAuth & Permissions”.")
        yield Finding(_("token"), todo.format(reason=refusal.reason))
        return
    except (Ambiguous, Limited) as error:
        todo = _("Slack does not answer at {address} ({reason}): check the network and SLACK_API_URL.")
        yield Finding(_("token"), todo.format(address=settings.slack.api_url, reason=error))
        return
    yield Finding(_("token of {team}").format(team=me.get("team", "")))
    missing = manifest.asked_scopes() - granted
    todo = _("missing: {scopes}. Update the app from manifest.yml and reinstall it.")
    yield Finding(_("scopes"), todo.format(scopes=", ".join(sorted(missing))) if missing else "")
    for name, channel in (("CARE_CHANNEL", settings.care.care_channel), ("INTRO_CHANNEL", settings.care.intro_channel)):
        yield await _channel(chat, name, channel, me["user_id"])


async def _channel(chat: SlackChat, name: str, channel: str, me: str) -> Finding:
    if not channel:
        return Finding(name, _("not set: set it to a channel's id, so that I know where to write."))
    try:
        members = await chat.members(channel)
    except (Refused, Ambiguous, Limited) as error:
        todo = _("{channel} cannot be read ({reason}): is the id right, and am I invited there?")
        return Finding(name, todo.format(channel=channel, reason=error))
    return Finding(name, "" if me in members else _("I am not in it: write “/invite @Contractor Care” there."))


async def _people(url: str) -> AsyncIterator[Finding]:
    database = open_database(url).open()
    try:
        people = await database.read(storage.people.out_of_reach, EVERYONE)
        failed = await database.read(storage.deliveries.failures, EVERYONE)
    finally:
        await database.close()
    for user, why in people:
        todo = _("nothing reaches them ({reason}): ask them to write to me, or end their engagement.")
        yield Finding(_("person {user}").format(user=user), todo.format(reason=why))
    for reason, count in failed:
        todo = ngettext("{n} message did not leave: {reason}.", "{n} messages did not leave: {reason}.", count)
        yield Finding(_("ledger"), todo.format(n=count, reason=reason))
