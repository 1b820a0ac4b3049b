"""Workbooks into the registers, as sets: read, stage by COPY, compare, write what differs."""
