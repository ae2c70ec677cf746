"""A local Slack workspace: real HTTP, signed requests, Slack's own rules, no account and no internet."""
