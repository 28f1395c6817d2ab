"""Tests of `redress chaos`, beside the runs in `tests/chaos`."""
