"""Workbooks of the registers other than the residents': one declaration each, one engine."""
