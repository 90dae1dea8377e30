"""What the tests and the benchmarks share: clients, servers, fakes. No test in it."""
