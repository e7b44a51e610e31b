"""One job over many files: in this process, in several, or on a cluster."""

from tdsep.batch.reports import BatchReport, ExitStatus, FileReport, Outcome

__all__ = ["BatchReport", "ExitStatus", "FileReport", "Outcome"]
