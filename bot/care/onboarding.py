"""Rules of onboarding."""
