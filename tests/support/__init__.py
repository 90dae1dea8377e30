"""What the tests and the benchmarks share: clients, servers and stand-ins. Contains no tests."""
