"""What the framework costs, in steps of a fixed loop: `python -m benchmarks`. See docs/performance.md."""
