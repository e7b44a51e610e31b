"""Loaded last by the process that workers are forked from: what it has loaded, they share.

Collecting garbage would write to every object, and so make a copy of it in each worker.
"""

import gc

gc.collect()
gc.freeze()
