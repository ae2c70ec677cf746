"""What is kept of onboarding."""
