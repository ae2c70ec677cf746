"""What is kept of away."""
