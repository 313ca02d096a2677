"""What a strategy author writes against: the base class, its parameters and its timers."""
