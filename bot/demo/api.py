"""The workspace's side of HTTP: Slack's Web API and response_urls, with Slack's refusals, limits and bad days."""

import json
from typing import Any

from aiohttp import web

from bot.demo.answers import respond
from bot.demo.calls import CALLS
from bot.demo.methods import METHODS, Method
from bot.demo.trouble import before, hang_up
from bot.demo.workspace import Exchange, Json, SlackError, Workspace

AS_JSON = ("blocks", "view", "metadata", "attachments")  # arguments that a form carries as JSON text
BOOLEANS = frozenset(("inclusive", "include_all_metadata", "return_im", "exclude_archived"))
BOOLEANS |= {"include_locale", "include_num_members"}
PRIVATE = ("token", "client_secret", "code", "refresh_token", "access_token")
LIMITED: Json = {"ok": False, "error": "ratelimited"}
NOT_JSON = {"blocks": "invalid_blocks_format", "metadata": "invalid_metadata_format"}


class DemoServer:
    """Serves one or several workspaces; `port` 0 takes a free one. Add routes to `app` before `start`."""

    def __init__(self, *workspaces: Workspace, host: str = "127.0.0.1", port: int = 0) -> None:
        self.workspaces, self.host, self.port = list(workspaces), host, port
        self.app = web.Application(client_max_size=4 * 1024**2)
        self.app.router.add_route("*", "/api/{method}", self._api)
        self.app.router.add_post("/response/{key:.+}", self._response)
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        """Where the server listens, without a slash at the end."""
        return f"http://{self.host}:{self.port}"

    @property
    def api_url(self) -> str:
        """What the bot takes as SLACK_API_URL."""
        return f"{self.url}/api/"

    async def start(self) -> None:
        """Listen, and tell every workspace where its response_urls point."""
        self._runner = web.AppRunner(self.app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, self.host, self.port).start()
        self.port = self._runner.addresses[0][1]
        for workspace in self.workspaces:
            workspace.base_url = self.url

    async def stop(self) -> None:
        """Stop listening."""
        if self._runner:
            await self._runner.cleanup()

    async def _api(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["method"]
        try:
            args, token = await read_arguments(request)
            workspace = self._whose(name, args, token)
        except SlackError as refused:
            return answer(None, None, refusal(refused))
        exchange = workspace.note("bot", name, hide(args))
        fault = workspace.faults.strike(name)
        if fault:
            early = await before(request, exchange, fault, LIMITED, 500)
            if early is not None:
                return early
        reply = answer(workspace, exchange, *perform(workspace, name, args, request.method))
        if fault and fault.kind == "drop":
            exchange.note = "accepted, reply lost"
            return hang_up(request)
        return reply

    def _whose(self, name: str, args: Json, token: str | None) -> Workspace:
        if name == "oauth.v2.access":
            found = [each for each in self.workspaces if args.get("code") in each.oauth_codes]
            return _first(found, "invalid_code")
        if not token:
            raise SlackError("not_authed")
        return _first([each for each in self.workspaces if each.token == token], "invalid_auth")

    async def _response(self, request: web.Request) -> web.StreamResponse:
        key = request.match_info["key"]
        workspace = next((each for each in self.workspaces if key in each.response_urls), None)
        if workspace is None:
            return web.json_response({"ok": False, "error": "no_service"}, status=404)
        body = json_or_nothing(await request.text())
        exchange = workspace.note("bot", "response_url", body if isinstance(body, dict) else {"body": body})
        try:
            respond(workspace, key, body)
        except SlackError as refused:
            status = 404 if refused.code.endswith("_url") else 400
            return answer(workspace, exchange, refusal(refused), status)
        return answer(workspace, exchange, {"ok": True})


async def read_arguments(request: web.Request) -> tuple[Json, str | None]:
    """The arguments of a call, from a JSON body, a form or the query, and the token that came with it."""
    if "Origin" in request.headers:
        raise SlackError("invalid_auth")  # a browser page has no business here: only programs hold a token
    args: Json = dict(request.query)
    text = await request.text()
    if request.content_type == "application/json":
        body = _json(text or "{}", "invalid_json")
        if not isinstance(body, dict):
            raise SlackError("json_not_object")
        args |= body
    elif request.method == "POST":
        args |= {key: value for key, value in (await request.post()).items() if isinstance(value, str)}
    bearer = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
    token = args.pop("token", None) or bearer or None
    return {key: _argument(key, value) for key, value in args.items() if value is not None}, token


def perform(workspace: Workspace, name: str, args: Json, verb: str) -> tuple[Json, int, dict[str, str]]:
    """Call one method; the body of the answer, its status and its headers."""
    try:
        method = check_call(workspace, name, args, verb)
        wait = workspace.pace.wait(name, method.per_minute, args.get("channel"), workspace.now())
        if wait:
            return LIMITED, 429, {"Retry-After": str(wait)}
        return {"ok": True} | CALLS[name](workspace, args), 200, {}
    except SlackError as refused:
        return refusal(refused), 200, {}


def check_call(workspace: Workspace, name: str, args: Json, verb: str) -> Method:
    """The method, refused when it is unknown, unpermitted or called with arguments it does not take."""
    method = METHODS.get(name)
    if method is None:
        raise SlackError("unknown_method")
    if not workspace.installed and name != "oauth.v2.access":
        raise SlackError("account_inactive")
    if verb != "POST" and (verb != "GET" or method.writes):
        raise SlackError("invalid_post_type")
    if method.scopes and not workspace.granted.intersection(method.scopes):
        raise SlackError("missing_scope", [f"needed: {','.join(method.scopes)}"])
    faults = [f"[ERROR] missing required field: {each}" for each in method.required if args.get(each) in (None, "")]
    faults += [f"[ERROR] unknown argument: {each}" for each in sorted(args.keys() - method.arguments)]
    if faults:
        raise SlackError("invalid_arguments", faults)
    return method


def refusal(refused: SlackError) -> Json:
    """What Slack answers when it refuses."""
    body: Json = {"ok": False, "error": refused.code}
    return body | {"response_metadata": {"messages": refused.messages}} if refused.messages else body


def answer(
    workspace: Workspace | None,
    exchange: Exchange | None,
    body: Json,
    status: int = 200,
    headers: dict[str, str] | None = None,
) -> web.Response:
    """The HTTP answer, written into the log."""
    if workspace and exchange:
        exchange.status, exchange.answer = status, hide(body)
        workspace.changed()
    scopes = {"X-OAuth-Scopes": ",".join(sorted(workspace.granted))} if workspace else {}
    return web.json_response(body, status=status, headers={**scopes, **(headers or {})})


def hide(body: Json) -> Json:
    """The body without secrets, for the log."""
    return {key: "(hidden)" if key in PRIVATE else value for key, value in body.items()}


def json_or_nothing(text: str) -> Any:
    """What the text says as JSON, None when it is not JSON."""
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return None


def _json(text: str, refusal_code: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as broken:
        raise SlackError(refusal_code) from broken


def _argument(key: str, value: Any) -> Any:
    if key in AS_JSON and isinstance(value, str):
        return _json(value, NOT_JSON.get(key, "invalid_arguments"))
    if key in BOOLEANS and isinstance(value, str):
        return value.lower() in ("1", "true")
    return value


def _first(found: list[Workspace], refusal_code: str) -> Workspace:
    if not found:
        raise SlackError(refusal_code)
    return found[0]
