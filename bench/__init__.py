"""Speed against what people use today (baseline) and against the bare work (floor).

`make bench [ONLY=name]`. Seconds drift on a shared machine; the ratios of one run are what counts.
"""
