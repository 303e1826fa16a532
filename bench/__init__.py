"""The benches: each module with a `run(rounds)` is one; `bench/run` runs them. See README.md here."""
