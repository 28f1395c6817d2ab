"""Benchmarks: ``make bench``; ``python -m tests.bench --quick`` takes a quick look."""

from __future__ import annotations
