"""Tests of the roof: settings, receiver, commands."""
