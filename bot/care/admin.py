"""Rules of admin."""
