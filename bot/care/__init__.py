"""The rules, pure: no clock, no await, no I/O; one file per feature."""
