"""The benchmarks: everything that measures something."""
