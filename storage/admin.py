"""What is kept of admin."""
