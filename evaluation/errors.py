"""Everything that evaluation raises on purpose.

    EvaluationError                      every message says what to do
    ├── InvalidPeriod                    no such week, weekday or time zone; a week closed too early
    ├── InvalidReport                    this text is not a report that this version can read
    ├── InvalidFile                      a file of ratings, drafts or votes, or a row of it, is of no use
    ├── DatabaseError                    the database refuses; nothing was written
    │   ├── InvalidDatabaseUrl           not an address of SQLite or PostgreSQL, or no driver for it
    │   ├── DatabaseUnavailable          no such server, no such folder, disk full, file damaged
    │   ├── DatabaseBusy                 another program held the lock for too long; try again
    │   ├── DatabaseNotMigrated          its tables are older than this version of Copydesk
    │   └── UnknownRevision              its tables are newer, or not Copydesk's
    ├── RequestCancelled                 its requester took the wish back; its text is not kept
    ├── EditOverlapped                   somebody else corrected the text meanwhile
    ├── RatingRefused                    this draft takes no ratings
    │   ├── DraftUnknown                 there is no such draft
    │   ├── DraftDeleted                 its message was deleted
    │   ├── DraftDiscarded               somebody threw it away
    │   ├── RatingLocked                 this rater has learned who wrote it
    │   ├── PairUnknown                  there is no such pair of drafts
    │   └── AuditTaskUnknown             nobody was asked this
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


class InvalidFile(EvaluationError):
    """A file cannot be read at all, or, where that was asked for, one of its rows cannot be used."""


class DatabaseError(EvaluationError):
    """The database did not do what was asked, and wrote nothing of it."""


class InvalidDatabaseUrl(DatabaseError):
    """The configured address names no database that Copydesk can open."""


class DatabaseUnavailable(DatabaseError):
    """The server, the folder or the file cannot be used as it is."""


class DatabaseBusy(DatabaseError):
    """Another program held the lock longer than we wait; the same call may succeed later."""


class DatabaseNotMigrated(DatabaseError):
    """A table or column is missing: the migrations have not been applied."""


class UnknownRevision(DatabaseError):
    """The database is at a revision that this version of Copydesk does not have."""


class RequestCancelled(EvaluationError):
    """A text came for a wish that had been taken back while it was written."""


class EditOverlapped(EvaluationError):
    """A text was corrected by somebody else since this correction was begun."""


class RatingRefused(EvaluationError):
    """A rating was not recorded."""


class DraftUnknown(RatingRefused):
    """No draft has this id."""


class DraftDeleted(RatingRefused):
    """The draft's message was deleted, so nobody can read what they would rate."""


class DraftDiscarded(RatingRefused):
    """The draft was thrown away, so its message no longer shows what would be rated."""


class RatingLocked(RatingRefused):
    """The rater knows who wrote the draft, so what they said before they knew is what counts."""


class PairUnknown(RatingRefused):
    """No pair of drafts has this id."""


class AuditTaskUnknown(RatingRefused):
    """No audit task has this id."""


class TrackingError(EvaluationError):
    """A report could not be projected into MLflow; the database still has it, so try again."""


class UnsupportedTrackingStore(TrackingError):
    """A tracking address that MLflow refuses or that would land in an unforeseen folder."""


class ExperimentDeleted(TrackingError):
    """The experiment was deleted in MLflow: restore it there, or configure another name."""
