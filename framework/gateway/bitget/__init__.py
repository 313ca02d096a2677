"""Private I/O with Bitget: orders, questions and pushes."""
