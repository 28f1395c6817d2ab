"""The roof: settings, wiring, schedule, mouths and the redress command."""
