"""The outside world: one adapter for each provider; knows complaints only."""
