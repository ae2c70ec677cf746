"""What is kept of blockers."""
