"""What `python -m evaluation.tracking` reads: one JSON document that says what to do."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from evaluation.errors import InvalidReport
from evaluation.offline.document import Evaluation
from evaluation.report_document import Report, describe_first_fault


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Provenance(_Document):
    """What wrote the figures: the version, the commit where there is one, a digest of the configuration.

    The digest is of the configuration without secrets.
    """

    version: str | None = None
    git_commit: str | None = None
    configuration: str | None = None

    def tags(self) -> dict[str, str]:
        """As MLflow knows them; what is not known is left out."""
        known = {
            "copydesk.version": self.version,
            "mlflow.source.git.commit": self.git_commit,
            "copydesk.configuration": self.configuration,
        }
        return {name: value for name, value in known.items() if value is not None}


UNKNOWN = Provenance()


class PromptTemplate(_Document):
    """How models of one kind are asked for one kind of text; `{{topic}}` stands for the topic.

    `version` is the digest that drafts carry. `template` is chat messages, or a text to go on with.
    """

    content_type: str
    model_kind: str
    version: str
    template: list[dict[str, str]] | str


class People(_Document):
    """Where judgements are read from, and the file with the key under which people's names are hidden."""

    database_url: str = Field(repr=False)
    key_file: Path


class _Job(_Document):
    tracking_uri: str = Field(repr=False)
    experiment: str = Field(min_length=1)


class ReportJob(_Job):
    """Log a report once. With `people` the data set behind it stands beside it."""

    job: Literal["report"] = "report"
    report: Report
    provenance: Provenance = UNKNOWN
    prompts: tuple[PromptTemplate, ...] = ()
    people: People | None = None


class EvaluationJob(_Job):
    """Log an offline evaluation once, with the files of `pictures`."""

    job: Literal["evaluation"] = "evaluation"
    evaluation: Evaluation
    pictures: Path | None = None
    provenance: Provenance = UNKNOWN


class TracesJob(_Job):
    """Log drafts and what people say of them, where either is new, until so many seconds have passed."""

    job: Literal["traces"] = "traces"
    people: People
    at_most_seconds: float = Field(gt=0)


class ReadJob(_Document):
    """Bring back the report of a run."""

    job: Literal["read"] = "read"
    tracking_uri: str = Field(repr=False)
    run_id: str = Field(pattern=r"^[0-9a-zA-Z_-]{1,64}$")


Job = ReportJob | EvaluationJob | TracesJob | ReadJob

_JOB: TypeAdapter[Job] = TypeAdapter(Annotated[Job, Field(discriminator="job")])


def read_job(text: str | bytes) -> Job:
    """Raises InvalidReport, whose message repeats nothing of the document."""
    try:
        return _JOB.validate_json(text)
    except ValidationError as error:
        raise InvalidReport(f"Nothing was logged: {describe_first_fault(error)}.") from error
