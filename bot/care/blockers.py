"""Rules of blockers."""
