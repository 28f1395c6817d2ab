"""Tests of the Zenki adapter."""
