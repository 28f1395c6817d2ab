"""What workers run: thin Celery tasks and sweeps; knows complaints only."""
