"""Say what happened: log lines, plan document, outputs, job summary."""
