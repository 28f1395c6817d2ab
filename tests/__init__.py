"""Tests, laid out like the four packages they prove."""
