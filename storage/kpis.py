"""What is kept of kpis."""
