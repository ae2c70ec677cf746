"""What the bot's answers to invokes do at the client; what Teams could not use is noted as refused."""

from bot.demo.organisation import Json, User
from bot.demo.outbox import Answer
from bot.demo.teams.cards import ADAPTIVE, wrong
from bot.demo.teams.tenant import Activity, Dialog, Tenant

SENTENCE = "application/vnd.microsoft.activity.message"
SEARCHED = "application/vnd.microsoft.search.searchResponse"
MOST_FOUND = 15


def tapped(tenant: Tenant, user: User, where: Activity, answer: Answer) -> None:
    """adaptiveCard/action: a card in place of the one that was tapped, for whoever tapped; or a sentence."""
    if answer.error:
        return
    body: Json = answer.body if isinstance(answer.body, dict) else {}
    kind, value = body.get("type"), body.get("value")
    if body.get("statusCode") != 200:
        return _refuse(tenant, answer, f"statusCode {body.get('statusCode')!r}")
    if kind == SENTENCE and isinstance(value, str) and value:
        return tenant.tell(user, value)
    if kind != ADAPTIVE:
        return _refuse(tenant, answer, f"an answer of type {kind!r}")
    if faults := wrong(value):
        return _refuse(tenant, answer, "; ".join(faults))
    assert isinstance(value, dict)
    where.own[user.id] = value
    tenant.changed()


def fetched(tenant: Tenant, user: User, came: Json, answer: Answer, command: Json | None = None) -> None:
    """task/fetch, or `command` of a message's menu: a dialog, or a sentence."""
    task = _task(tenant, answer)
    if task is None:
        return
    if task.get("type") == "continue":
        shown = task["value"]
        dialog = Dialog(f"dialog-{tenant.number()}", shown["title"], shown["card"]["content"], came)
        dialog.command = command or {}
        tenant.dialogs[user.id] = dialog
    elif task.get("value"):
        tenant.tell(user, task["value"])
    tenant.changed()


def submitted(tenant: Tenant, user: User, dialog: Dialog, answer: Answer) -> None:
    """task/submit: the same or another dialog, a sentence, or nothing more."""
    task = _task(tenant, answer)
    if answer.error or answer.refusal:
        return
    if task and task.get("type") == "continue":
        shown = task["value"]
        dialog.title, dialog.card, dialog.typed = shown["title"], shown["card"]["content"], {}
    else:
        if tenant.dialogs.get(user.id) is dialog:
            del tenant.dialogs[user.id]
        if task and task.get("value"):
            tenant.tell(user, task["value"])
    tenant.changed()


def found(answer: Answer) -> list[Json]:
    """application/search: what a list offers."""
    body = answer.body if isinstance(answer.body, dict) and not answer.error else {}
    results = (body.get("value") or {}).get("results") if body.get("type") == SEARCHED else None
    if not isinstance(results, list) or body.get("statusCode", 200) != 200:
        answer.refusal = "not an answer to a search"
        return []
    return [each for each in results if set(each) == {"title", "value"}][:MOST_FOUND]


def people(tenant: Tenant, text: str) -> list[Json]:
    """What the client finds by itself: people, by their Entra object ids."""
    near = [each for each in tenant.people if text.lower() in each.name.lower()]
    return [{"title": each.name, "value": tenant.aad(each)} for each in near[:MOST_FOUND]]


def _task(tenant: Tenant, answer: Answer) -> Json | None:
    """What an answer asks to be done with a dialog; nothing closes it."""
    if answer.error or answer.body in (None, {}, ""):
        return None
    task = answer.body.get("task") if isinstance(answer.body, dict) else None
    faults = _wrong_task(task)
    if faults:
        _refuse(tenant, answer, "; ".join(faults))
        return None
    return task if isinstance(task, dict) else None


def _wrong_task(task: object) -> list[str]:
    if task is None:
        return ["an answer without a task"]
    if not isinstance(task, dict) or task.get("type") not in ("continue", "message"):
        return ["a task of no known type"]
    value = task.get("value")
    if task["type"] == "message":
        return [] if value is None or isinstance(value, str) else ["a message that is no text"]
    if not isinstance(value, dict) or not value.get("title"):
        return ["a dialog without a title"]
    shown = value.get("card") or {}
    return (
        wrong(shown.get("content"), dialog=True)
        if shown.get("contentType") == ADAPTIVE
        else ["a dialog without a card"]
    )


def _refuse(tenant: Tenant, answer: Answer, reason: str) -> None:
    answer.refusal = reason
    if answer.exchange:
        answer.exchange.note = reason
    tenant.changed()
