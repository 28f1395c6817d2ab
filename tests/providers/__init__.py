"""Tests of the adapters and of what they share."""
