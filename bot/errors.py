"""Every sentence a person may see when something is refused. Imports nothing; everybody may import it."""

from typing import Any


def N_(sentence: str) -> str:
    """Mark a sentence for translation; it is translated where it is shown."""
    return sentence


class CareError(Exception):
    """A refusal: its sentence says what happened and what to do next."""

    sentence = N_("That did not work. Please try again.")

    def __init__(self, **values: Any) -> None:
        self.values = values
        super().__init__(type(self).__name__)

    def say(self, translate: Any = N_) -> str:
        """The sentence in the reader's language, filled in."""
        text: str = translate(self.sentence)
        return text.format(**self.values) if self.values else text


class Unexpected(CareError):
    sentence = N_(
        "Something went wrong on our side; nothing was changed. Please try again, and if it happens "
        "again tell an admin this reference: {reference}."
    )


class NotAllowed(CareError):
    sentence = N_("That is open only to {who}. If you need it, ask a workspace admin.")

    def say(self, translate: Any = N_) -> str:
        """`who` is a tuple of names that are translated too."""
        names: tuple[str, ...] = self.values["who"]
        *others, last = (translate(name) for name in names) if names else (translate(N_("nobody")),)
        who = translate(N_("{some} or {last}")).format(some=", ".join(others), last=last) if others else last
        text: str = translate(self.sentence)
        return text.format(who=who)


class NotEvenAdmins(NotAllowed):
    sentence = N_("That is open only to {who}; being an admin does not change that.")


class UnknownRoute(CareError):
    sentence = N_("This button is from an older version of me. Send me “help” to see what I can do now.")


class UnknownCommand(CareError):
    sentence = N_("I don't know “{word}”. Send me “help” to see what I can do.")


class NotFound(CareError):
    sentence = N_("I can't find that any more; it may have been ended or removed. Send me “help” to start again.")


class NothingChosen(CareError):
    sentence = N_("Nothing is chosen in the list yet. Choose something, then tap “Choose” again.")


class UnknownPerson(CareError):
    sentence = N_("I don't know {name}. Pick them with @ so that I am sure whom you mean.")


class PulseClosed(CareError):
    sentence = N_(
        "This round has closed. I will ask you again next week; write me “blocker” if something is stuck now."
    )


class NewerDatabase(CareError):
    sentence = N_(
        "The database {path} was made by a newer version of Contractor Care. Install that version, or restore "
        "the copy that ends in .backup.db beside it."
    )


class TokenRefused(CareError):
    sentence = N_("Slack refuses SLACK_BOT_TOKEN ({reason}). Copy it again from “OAuth & Permissions” of your app.")


class AppTokenRefused(CareError):
    sentence = N_(
        "Slack refuses SLACK_APP_TOKEN ({reason}). Copy it again from “Basic Information”, “App-Level Tokens” of your "
        "app; it needs connections:write."
    )


class ChatUnreachable(CareError):
    sentence = N_(
        "Slack cannot be reached at {address} ({reason}). Check the network and SLACK_API_URL, then start again."
    )


class TeamsRefused(CareError):
    sentence = N_(
        "Microsoft refuses TEAMS_APP_ID with TEAMS_APP_PASSWORD ({reason}). Make a new client secret under "
        "“Certificates & secrets” of your app, and check TEAMS_TENANT_ID."
    )


class TeamsUnreachable(CareError):
    sentence = N_(
        "Microsoft cannot be reached at {address} ({reason}). Check the network and TEAMS_LOGIN_URL, then start again."
    )


class AlreadyRunning(CareError):
    sentence = N_("Another Contractor Care is running on {path}. Stop it first, or set DATABASE_URL to another file.")


class PortTaken(CareError):
    sentence = N_("{address} cannot be listened on ({reason}). Set {setting} to another one.")


class NotADatabase(CareError):
    sentence = N_(
        "{path} cannot be used as the database ({reason}). Set DATABASE_URL to a file that I may read and write, "
        "or restore the copy that ends in .backup.db beside it."
    )


class NoServer(CareError):
    sentence = N_(
        "The database {place} cannot be used ({reason}). Check that the server is running and that DATABASE_URL is right, "
        "then start again."
    )


class NewerTables(CareError):
    sentence = N_("The database {place} was made by a newer version of Contractor Care. Install that version.")


class DatabaseAway(CareError):
    sentence = N_("The database does not answer just now, so nothing was changed. Please try again in a minute.")


class DatabaseBusy(DatabaseAway):
    sentence = N_("Too much is happening at once just now, so nothing was changed. Please try again in a minute.")


class NobodyKnown(CareError):
    sentence = N_("I could not look you up just now. Please try again in a minute.")


# -- deliveries ------------------------------------------------------------------------------


class NoSuchDelivery(CareError):
    sentence = N_(
        "There is no message under the key “{key}”. `python -m bot deliveries --failed` lists those that failed."
    )


class NothingToRepeat(CareError):
    sentence = N_("“{key}” {state}: only what failed or was skipped can be sent again.")


class NoMessage(CareError):
    sentence = N_(
        "“{key}” is no message but something that fell due and did not happen, so there is nothing to send; "
        "its next occurrence comes by itself."
    )


class OfNoUse(CareError):
    sentence = N_("“{key}” was of use until {until} only, so it is not sent again.")


# -- engagements and onboarding ----------------------------------------------------------------


class ContractorUnknown(CareError):
    sentence = N_(
        "I can't add them: only people of this workspace can be contractors, not apps, and not people of another "
        "organisation. Invite them here as a guest, or add them by e-mail: “add ana@example.com”."
    )


class ContractorElsewhere(CareError):
    sentence = N_(
        "They belong to another organisation and can't use me here. Invite them to this workspace as a guest, then add "
        "them again."
    )


class ContractorAway(CareError):
    sentence = N_("Their account here is deactivated. Have it activated again, then add them.")


class NoEngagement(CareError):
    sentence = N_("They have no open engagement here. An admin can add one with “add @name”.")


class EngagementOver(CareError):
    sentence = N_("This engagement has ended and can't be changed any more. An admin can add a new one.")


class IntroductionPosted(CareError):
    sentence = N_("Your introduction is posted already, so it stays as it is. Ask an admin if it should be taken away.")


# -- hours -------------------------------------------------------------------------------------


class OfferOver(CareError):
    sentence = N_("That window is no longer on offer. Write me “hours” to see where your golden hours stand.")


class NoGoldenHours(CareError):
    sentence = N_("There are no golden hours agreed here. Write me “hours” to see what can be proposed.")


class ContractorProposes(CareError):
    sentence = N_(
        "Golden hours are the contractor's to propose. As soon as they do, I bring you their window, to accept "
        "or to answer with another."
    )


class HoursPaused(CareError):
    sentence = N_(
        "This engagement is paused, and its golden hours with it. They go on when it does; write me “blocker” if "
        "something is stuck until then."
    )


class AlreadyAnswered(CareError):
    sentence = N_("That question is answered already. Write me “hours” to see which ones are open.")


# -- blockers ----------------------------------------------------------------------------------


class NothingRunning(CareError):
    sentence = N_(
        "You have no running engagement here, so there is nobody I could ask for you. Write to your manager or the "
        "care team directly, or ask a workspace admin to add or resume your engagement."
    )


class NotWithCare(CareError):
    sentence = N_("This blocker has not reached the care team; it comes to you if nobody else answers in time.")


# -- kpis --------------------------------------------------------------------------------------


class TooManyKpis(CareError):
    sentence = N_("There are {most} KPIs already, and more would blur what counts. Stop using one of them first.")


class UnknownTemplate(CareError):
    sentence = N_("There is no such role template any more. Open the KPI templates again from the Home.")


# -- import ------------------------------------------------------------------------------------


class NoFile(CareError):
    sentence = N_("I can't read {file}: {why}. Check the path and try again; nothing was imported.")


class NotText(CareError):
    sentence = N_("{file} is not text in UTF-8. Save it as “CSV UTF-8” and try again; nothing was imported.")


class BadColumns(CareError):
    sentence = N_("line 1, column “{column}”: it has to be there, once. The first line names the columns {columns}.")


class BadLine(CareError):
    sentence = N_("line {line}: a quotation mark is opened and never closed, or stands inside a cell. Correct it.")


class WrongCells(CareError):
    sentence = N_(
        "line {line}, column “{column}”: the line has {cells} cells and the first line {columns}. "
        "Put a cell with a comma in quotation marks."
    )


class NoSuchContractor(CareError):
    sentence = N_(
        "line {line}, column “{column}”: nobody with an open engagement has “{value}” as e-mail or platform id. "
        "Correct it, or add the engagement first."
    )


class NoSuchKpi(CareError):
    sentence = N_(
        "line {line}, column “{column}”: this contractor has no KPI “{value}”. "
        "Write its name as the word `kpis` shows it, or add the KPI first."
    )


class AmbiguousKpi(CareError):
    sentence = N_(
        "line {line}, column “{column}”: “{value}” is not in exactly one engagement of this contractor. "
        "Write that engagement's role into a column “{column}”."
    )


class BadDate(CareError):
    sentence = N_("line {line}, column “{column}”: “{value}” is not a day I can read. Write it like 2026-11-23.")


class FutureDate(CareError):
    sentence = N_("line {line}, column “{column}”: {value} is in the future. Write the day that was measured.")


class BadNumber(CareError):
    sentence = N_(
        "line {line}, column “{column}”: “{value}” is not a number from 0 up. Write digits alone, like 12.5; "
        "no formula, unit or sign for thousands."
    )


class TwiceInFile(CareError):
    sentence = N_(
        "line {line}, column “{column}”: line {other} has a reading of this KPI for {value} already. Keep one of them."
    )


# -- the app package for Teams -----------------------------------------------------------------


class NoAppId(CareError):
    sentence = N_(
        "“{value}” is no app id; it looks like 00000000-0000-0000-0000-000000000000. "
        "Copy it from the bot's registration in Azure."
    )


class NoDomain(CareError):
    sentence = N_("“{value}” is no domain. Give the name alone under which the bot is reached, like care.example.com.")


class Unwritable(CareError):
    sentence = N_("“{file}” can't be written ({why}). Choose another place with -o.")


# -- people and away ---------------------------------------------------------------------------

#


# -- health ------------------------------------------------------------------------------------

#


# -- admin -------------------------------------------------------------------------------------


class CannotBeNamed(CareError):
    sentence = N_(
        "{name} is a guest here, of another organisation, or no longer in the workspace; only members of this "
        "workspace can be in the care team or admins. Pick somebody else, or have them made a member first."
    )


class LastAdmin(CareError):
    sentence = N_("This is the last admin; without one nobody could change anything here. Add another admin first.")


class WorkspaceAdmin(CareError):
    sentence = N_(
        "{name} is an admin of this whole workspace, and so always one here. Change it in the workspace's own settings."
    )
