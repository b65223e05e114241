"""Benchmarks: ours beside others doing the same work, in one run. `make bench` runs them all."""
