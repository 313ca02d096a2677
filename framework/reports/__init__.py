"""What is told of a run: counters, summary, the HTML report."""
