"""Tests of what workers run."""
