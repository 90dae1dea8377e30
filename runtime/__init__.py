"""What every process needs: the clinic's settings, environment variables, paths, limits, logs and metrics."""
