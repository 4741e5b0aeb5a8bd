"""How long tests wait for what must come."""

PATIENCE = 150.0
"""Seconds. Only a test that fails waits so long, and a machine that has other things to do."""
