"""What is kept of health."""
