"""What workers run: one thin task, and how a nudge becomes one.  Knows complaints only."""
