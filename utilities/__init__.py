"""Namespace of the networks and services: networks, maintenance, waste, telemetry, billing. See docs/PROGRESS.md."""
