"""What the tests and the benchmarks share: clients, servers, stand-ins. No test in it."""
