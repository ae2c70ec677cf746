"""Rules of away."""
