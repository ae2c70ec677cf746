"""The organisation with all that serves it, for a bot that is started beside it."""

from bot.app import utc_now
from bot.demo.api import DemoServer
from bot.demo.teams.clients import Clients
from bot.demo.teams.connector import Connector
from bot.demo.teams.keys import Keys
from bot.demo.teams.tenant import Tenant


class TeamsSide:
    """One organisation, its connector on the demo's server, and its people's clients."""

    def __init__(self, tenant: Tenant, server: DemoServer) -> None:
        self.tenant = tenant
        keys = Keys(utc_now)  # the bot reads tokens by the system's time
        self.connector, self.clients = Connector(tenant, keys), Clients(tenant, keys)
        self.connector.add_to(server)

    def started(self, url: str) -> dict[str, str]:
        """Call it once the server listens; answers what the bot is told."""
        self.connector.started(url)
        return self.connector.environment
