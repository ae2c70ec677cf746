"""Contractor Care: looks after remote independent contractors on Slack and Teams."""
