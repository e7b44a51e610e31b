"""Loaded first by the process that workers are forked from (on Linux): it ends with its parent."""

import ctypes
import os
import signal

#: Variable of the environment that holds the parent's number.
PARENT = "TDSEP_PARENT"
#: Of the system's <sys/prctl.h>.
_SET_DEATH_SIGNAL = 1

if PARENT in os.environ:
    ctypes.CDLL(None).prctl(_SET_DEATH_SIGNAL, signal.SIGKILL)
    if os.environ[PARENT] != str(os.getppid()):  # it ended before
        os._exit(1)
