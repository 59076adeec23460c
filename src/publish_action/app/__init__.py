"""One run: its flow, its steps, its lifetime, its real parts."""
