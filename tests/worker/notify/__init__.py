"""The ways to tell people, against real servers."""
