"""The Web API methods this workspace knows: their arguments, scopes and rates. Any other is refused, as Slack would."""

from dataclasses import dataclass

READ_CHANNELS = ("channels:read", "groups:read", "im:read", "mpim:read")
HISTORY = ("channels:history", "groups:history", "im:history", "mpim:history")
TIER_2, TIER_3, TIER_4 = 20, 50, 100  # calls a minute
POSTING = 300  # "several hundred a minute" per workspace
FREE = 10_000  # no limit that a bot of ours could reach


@dataclass(frozen=True)
class Method:
    """One method; any one of `scopes` suffices, none means that every token may call it."""

    per_minute: int
    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    writes: bool = False

    @property
    def arguments(self) -> frozenset[str]:
        """Every argument the method takes."""
        return frozenset(self.required + self.optional)


BODY = ("blocks", "attachments", "text")
UNFURL = ("unfurl_links", "unfurl_media")
PAGE = ("cursor", "limit")
WRITE = ("chat:write",)

METHODS = {
    "auth.test": Method(FREE),
    "team.info": Method(TIER_3, (), ("team",), ("team:read",)),
    "bots.info": Method(TIER_3, (), ("bot", "team_id"), ("users:read",)),
    "oauth.v2.access": Method(
        FREE, (), ("client_id", "client_secret", "code", "redirect_uri", "grant_type", "refresh_token"), (), True
    ),
    "chat.postMessage": Method(
        POSTING,
        ("channel",),
        (*BODY, *UNFURL, "metadata", "thread_ts", "reply_broadcast", "mrkdwn", "link_names", "parse"),
        WRITE,
        True,
    ),
    "chat.postEphemeral": Method(TIER_4, ("channel", "user"), (*BODY, "thread_ts", "link_names", "parse"), WRITE, True),
    "chat.update": Method(
        TIER_3, ("channel", "ts"), (*BODY, "metadata", "link_names", "parse", "reply_broadcast"), WRITE, True
    ),
    "chat.delete": Method(TIER_3, ("channel", "ts"), (), WRITE, True),
    "chat.getPermalink": Method(FREE, ("channel", "message_ts")),
    "conversations.open": Method(
        TIER_3, (), ("users", "channel", "return_im", "prevent_creation"), ("im:write", "mpim:write"), True
    ),
    "conversations.history": Method(
        TIER_3, ("channel",), (*PAGE, "latest", "oldest", "inclusive", "include_all_metadata"), HISTORY
    ),
    "conversations.members": Method(TIER_4, ("channel",), PAGE, READ_CHANNELS),
    "conversations.info": Method(TIER_3, ("channel",), ("include_locale", "include_num_members"), READ_CHANNELS),
    "conversations.list": Method(TIER_2, (), (*PAGE, "types", "exclude_archived", "team_id"), READ_CHANNELS),
    "conversations.join": Method(TIER_3, ("channel",), (), ("channels:join",), True),
    "conversations.invite": Method(
        TIER_3, ("channel", "users"), ("force",), ("channels:manage", "channels:write.invites", "groups:write"), True
    ),
    "users.info": Method(TIER_4, ("user",), ("include_locale",), ("users:read",)),
    "users.list": Method(TIER_2, (), (*PAGE, "include_locale", "team_id"), ("users:read",)),
    "users.lookupByEmail": Method(TIER_3, ("email",), (), ("users:read.email",)),
    "users.profile.get": Method(TIER_4, (), ("user", "include_labels"), ("users.profile:read",)),
    "users.conversations": Method(TIER_3, (), (*PAGE, "types", "exclude_archived", "team_id", "user"), READ_CHANNELS),
    "dnd.info": Method(TIER_3, (), ("user", "team_id"), ("dnd:read",)),
    "views.open": Method(TIER_4, ("view",), ("trigger_id", "interactivity_pointer"), (), True),
    "views.push": Method(TIER_4, ("view",), ("trigger_id", "interactivity_pointer"), (), True),
    "views.update": Method(TIER_4, ("view",), ("view_id", "external_id", "hash"), (), True),
    "views.publish": Method(TIER_4, ("user_id", "view"), ("hash",), (), True),
    "reactions.add": Method(TIER_3, ("channel", "name", "timestamp"), (), ("reactions:write",), True),
}
ALL_SCOPES = frozenset(scope for method in METHODS.values() for scope in method.scopes) | {
    "commands",
    "app_mentions:read",
}
