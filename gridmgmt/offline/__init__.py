"""Work without a signal: today's pages on the phone, and what is sent when the signal is back."""
