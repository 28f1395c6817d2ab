"""Tests of the demo: its worlds, its plans, the play and the audit."""
