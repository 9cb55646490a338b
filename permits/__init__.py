"""Building permits (إجازة البناء). The app comes with the first service that needs it; see docs/PROGRESS.md."""
