"""What every process stands on: the clinic's settings, paths, logs, limits on HTTP, metrics."""
