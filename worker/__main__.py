"""``python -m worker`` is the ``redress`` command."""

from __future__ import annotations

from worker.cli import main

main()
