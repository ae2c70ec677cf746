"""What is kept of hours."""
