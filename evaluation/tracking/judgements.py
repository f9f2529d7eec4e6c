"""The data set behind a report: every judgement that its analysis saw, people under other names."""

import json
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from evaluation.analysis.database import read_observations
from evaluation.analysis.export import FILES, write_files
from evaluation.database import open_database
from evaluation.tracking.documents import People
from evaluation.tracking.names import naming_with

if TYPE_CHECKING:
    from mlflow.entities import DatasetInput

FOLDER = "judgements"


@dataclass(frozen=True)
class Judgements:
    """The files of a data set; `digest` is of their bytes, so that equal judgements have equal digests."""

    digest: str
    n_drafts: int
    n_ratings: int
    n_votes: int


def write_judgements(people: People, until: datetime, folder: Path) -> Judgements:
    """What stood just before `until`, as drafts.csv, ratings.csv and votes.csv.

    The files read like any others with `copydesk analyze`. Raises DatabaseError and OSError.
    """
    name = naming_with(people.key_file)
    database = open_database(people.database_url)
    try:
        with database.reading() as session:
            observations = read_observations(session, until).observations
    finally:
        database.dispose()
    labels = observations.labels
    hidden = replace(labels, raters=tuple(name(rater) for rater in labels.raters))
    folder.mkdir(parents=True, exist_ok=True)
    write_files(replace(observations, labels=hidden), folder)
    digest = sha256()
    for file in FILES:
        digest.update((folder / file).read_bytes())
    return Judgements(digest.hexdigest()[:32], *(_rows(folder / file) for file in FILES))


def as_dataset(judgements: Judgements, period: str, artifact_uri: str) -> "DatasetInput":
    """The same as MLflow lists the inputs of a run."""
    from mlflow.entities import Dataset, DatasetInput, InputTag

    profile = {
        "num_drafts": judgements.n_drafts,
        "num_ratings": judgements.n_ratings,
        "num_votes": judgements.n_votes,
    }
    source = json.dumps({"uri": f"{artifact_uri}/{FOLDER}"})
    dataset = Dataset(f"judgements {period}", judgements.digest, "local", source, profile=json.dumps(profile))
    return DatasetInput(dataset, [InputTag("mlflow.data.context", "evaluation")])


def _rows(file: Path) -> int:
    """Rows of ids and numbers: none of them holds a line break."""
    return file.read_bytes().count(b"\n") - 1
