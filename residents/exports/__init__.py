"""Lists out of the registers: chosen columns, Excel or paper, each one on record."""
