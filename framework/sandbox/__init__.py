"""The sandbox: the simulated exchange behind a wire of its own, with faults on request."""
