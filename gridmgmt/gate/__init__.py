"""What every request passes, whichever page it asks for."""
