"""Few errors, each with what happened, where, and what to do. The command's exit code hangs on the class."""


class SlaMonitorError(Exception):
    """Root of all errors the program raises on purpose; shown to people as its text alone."""

    exit_code = 4


class ConfigError(SlaMonitorError):
    """Wrong usage, settings or agreements: the person at the keyboard can mend it."""

    exit_code = 2


class LedgerBusyError(ConfigError):
    """Another monitor holds the ledger."""


class ServiceError(SlaMonitorError):
    """A service that is needed did not do its part."""

    exit_code = 3


class LedgerError(ServiceError):
    """The ledger could not be read or written; nothing of the transaction was kept."""


class SourceError(ServiceError):
    """A source gave no usable answer: nothing is measured by it and no watermark moves."""


class SourceUnavailableError(SourceError):
    """Down, slow, or overloaded (connection, timeout, 429, 5xx): worth another try.

    retry_after: seconds for which the source asked to be left alone.
    """

    retry_after: float = 0.0


class SourceRefusedError(SourceError):
    """The source understood and said no (400, 401, 403, 404, 422): the query or the settings are wrong."""


class SourceTooMuchError(SourceRefusedError):
    """The query went over a limit of the source: ask for less at a time."""


class SourceAnswerError(SourceError):
    """The answer is not what the Prometheus API promises: cut off, HTML, wrong type."""


class SourcePartialError(SourceError):
    """The source answered with warnings: parts of the data may be missing."""


class IndicatorError(SlaMonitorError):
    """A query answered, but not with what the indicator promises (several series, no such bucket)."""

    exit_code = 1
