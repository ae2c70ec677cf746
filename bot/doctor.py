"""`python -m bot doctor`: checks settings, database, token, scopes, channels and people; says what to do about each."""

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import storage
from bot.chat import Ambiguous, Chat, Limited, Refused
from bot.errors import CareError
from bot.language import _, ngettext
from bot.settings import Settings, TeamsSettings
from bot.slack import manifest
from bot.slack.transport import SlackChat
from bot.teams.connector import Account, Known, TeamsChat
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
    async for finding in _chats(settings):
        yield finding
    async for finding in _people(settings.store.database_url):
        yield finding


async def _chats(settings: Settings) -> AsyncIterator[Finding]:
    """Each chat that is configured."""
    if settings.slack.bot_token:
        slack = SlackChat(settings.slack.bot_token, settings.slack.api_url)
        try:
            async for finding in _slack(settings, slack):
                yield finding
        finally:
            await slack.close()
    if settings.teams.configured:
        teams = settings.teams
        chat = TeamsChat(Account(teams.app_id, teams.app_password, teams.tenant_id, teams.login_url), lambda _: False)
        try:
            async for finding in _teams(teams, chat, settings.store.database_url):
                yield finding
        finally:
            await chat.close()


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


async def _channel(chat: Chat, name: str, channel: str, me: str) -> Finding:
    if not channel:
        return Finding(name, _("not set: set it to a channel's id, so that I know where to write."))
    try:
        members = await chat.members(channel)
    except (Refused, Ambiguous, Limited) as error:
        todo = _("{channel} cannot be read ({reason}): is the id right, and am I invited there?")
        return Finding(name, todo.format(channel=channel, reason=error))
    here = not me or me in members  # a chat that tells members to nobody but its own need not be asked
    return Finding(name, "" if here else _("I am not in it: write “/invite @Contractor Care” there."))


async def _teams(settings: TeamsSettings, chat: TeamsChat, url: str) -> AsyncIterator[Finding]:
    try:
        await chat.token()
    except Refused as refusal:
        todo = _("Microsoft refuses it ({reason}): check TEAMS_APP_ID, TEAMS_APP_PASSWORD and TEAMS_TENANT_ID.")
        yield Finding(_("token of Teams"), todo.format(reason=refusal.reason))
        return
    except (Ambiguous, Limited) as error:
        todo = _("Microsoft does not answer at {address} ({reason}): check the network and TEAMS_LOGIN_URL.")
        yield Finding(_("token of Teams"), todo.format(address=settings.login_url, reason=error))
        return
    yield Finding(_("token of Teams"))
    database = open_database(url).open()
    try:
        rooms = await database.read(storage.rooms.every, EVERYONE)
    finally:
        await database.close()
    todo = _("nobody has let me in: upload the app's package, and add me to the care team's team.")
    yield Finding(_("rooms of Teams"), "" if rooms else todo)
    for room in rooms:
        chat.know(Known(room.channel, room.kind, str(json.loads(room.reference).get("serviceUrl") or "")))
    yield await _channel(chat, "TEAMS_CARE_CHANNEL", settings.care_channel, "")
    yield await _channel(chat, "TEAMS_INTRO_CHANNEL", settings.intro_channel, "")


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
