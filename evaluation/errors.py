"""Everything that evaluation raises on purpose.

    EvaluationError                      every message says what to do
    ├── InvalidPeriod                    no such week, weekday or time zone; a week closed too early
    ├── InvalidReport                    this text is not a report that this version can read
    └── TrackingError                    the report could not be written to MLflow
        ├── UnsupportedTrackingStore     this address is not one that MLflow can still write to
        └── ExperimentDeleted            the experiment lies in MLflow's trash

Too little data is no error: it is a value, `statistics.NotEnoughData`.
"""


class EvaluationError(Exception):
    """The root: catch it to catch all of the above."""


class InvalidPeriod(EvaluationError):
    """A period was asked for that does not exist, or that is not over yet."""


class InvalidReport(EvaluationError):
    """A document is not a report, or one of a newer Copydesk."""


class TrackingError(EvaluationError):
    """A report could not be projected into MLflow; the database still has it, so try again."""


class UnsupportedTrackingStore(TrackingError):
    """A tracking address that MLflow refuses or that would land in an unforeseen folder."""


class ExperimentDeleted(TrackingError):
    """The experiment was deleted in MLflow: restore it there, or configure another name."""
