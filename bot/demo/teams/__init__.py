"""A local Microsoft Teams organisation: what it holds, its Bot Connector, its people's clients."""
