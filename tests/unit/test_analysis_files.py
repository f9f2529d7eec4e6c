"""Plain files: what is read, what is set aside with its place and reason, and what is refused."""

import contextlib
from datetime import UTC, datetime
from math import isnan
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evaluation.analysis.analyze import analyze
from evaluation.analysis.files import FilesRead, read_files
from evaluation.analysis.rows import FAULTS_KEPT
from evaluation.errors import InvalidFile
from evaluation.statistics.observations import Choice

DRAFTS = """draft_id,model,content_type,heuristic,length_quality,topic
d1,beta,post,7.5,8,onboarding
d2,alpha,post,6.0,,onboarding
d3,alpha,email,,4,"pricing, again"
"""
RATINGS = """draft_id,rater,score,thumb,at,assigned,propensity,model_guess
d1,Zoe,7,,2026-11-20T12:00:00+01:00,true,0.25,alpha
d2,Ann,,-1,2026-11-20T12:00:00Z,no,,?
d3,Zoe,8.5,+1,,,,
"""
VOTES = """left_draft,right_draft,choice,rater,at
d1,d2,left,Ann,2026-11-20
d2,d1,both bad,Zoe,2026-11-21
"""


def write(folder: Path, **texts: str | bytes) -> dict[str, Path]:
    paths = {name: folder / f"{name}.csv" for name in texts}
    for name, text in texts.items():
        paths[name].write_bytes(text if isinstance(text, bytes) else text.encode())
    return paths


def read(
    folder: Path,
    until: datetime | None = None,
    strict: bool = False,
    private_only: bool = False,
    **texts: str | bytes,
) -> FilesRead:
    paths = write(folder, **texts)
    return read_files(
        paths["ratings"], paths.get("drafts"), paths.get("votes"), until, strict, private_only=private_only
    )


def test_three_files_become_observations(tmp_path: Path) -> None:
    found = read(tmp_path, drafts=DRAFTS, ratings=RATINGS, votes=VOTES)
    observations = found.observations
    labels, drafts, ratings, votes = (
        observations.labels,
        observations.drafts,
        observations.ratings,
        observations.votes,
    )
    assert (found.faults, found.n_set_aside, found.n_superseded, found.n_later) == ((), 0, 0, 0)
    assert found.notes == ("drafts.csv: ignored, because they hold no numbers: topic.",)
    assert labels.models == ("alpha", "beta")
    assert labels.content_types == ("email", "post")
    assert labels.raters == ("Ann", "Zoe")
    assert labels.drafts == ("d1", "d2", "d3")
    assert drafts.model.tolist() == [1, 0, 0]
    assert drafts.content_type.tolist() == [1, 1, 0]
    assert drafts.heuristic[:2].tolist() == [7.5, 6.0]
    assert isnan(drafts.heuristic[2])
    assert list(drafts.dimensions) == ["length"]
    assert ratings.rater.tolist() == [1, 0, 1]
    assert ratings.score[[0, 2]].tolist() == [7, 8.5]
    assert ratings.thumb[1:].tolist() == [-1, 1]
    assert ratings.at[0] == datetime(2026, 11, 20, 11, tzinfo=UTC).timestamp()
    assert ratings.assigned.tolist() == [True, False, False]
    assert ratings.propensity[0] == 0.25
    assert ratings.model_guess.tolist() == [0, -1, -2]
    assert votes.choice.tolist() == [Choice.LEFT, Choice.BOTH_BAD]
    assert votes.left_model.tolist() == [1, 0]
    assert votes.left_draft.tolist() == [0, 1]
    assert votes.content_type.tolist() == [1, 1]


def test_the_order_of_rows_changes_nothing(tmp_path: Path) -> None:
    lines = [f"d{draft},r{rater},{(draft + rater) % 10 + 1}" for draft in range(20) for rater in range(4)]
    drafts = "draft_id,model,content_type,heuristic\n" + "".join(
        f"d{draft},m{draft % 2},post,{draft % 7}\n" for draft in range(20)
    )
    header = "draft_id,rater,score\n"
    forward = read(tmp_path, drafts=drafts, ratings=header + "\n".join(lines))
    backward = read(tmp_path, drafts=drafts, ratings=header + "\n".join(reversed(lines)))
    assert forward.observations.labels == backward.observations.labels
    assert analyze(forward.observations).leader == analyze(backward.observations).leader


BAD_RATINGS = [
    ("d1,Ann,11,,", "score", "'11' is not from 1 to 10."),
    ("d1,Ann,good,,", "score", "'good' is no number."),
    ('d1,Ann,"7,5",,', "score", "'7,5' is no number. Write a point for the comma: 7.5."),
    ("d1,Ann,nan,,", "score", "'nan' is no number."),
    ("d1,Ann,,2,", "thumb", "'2' is no thumb. Write 1, -1 or nothing."),
    ("d1,Ann,,,", "score", "there is neither a score nor a thumb."),
    ("d9,Ann,7,,", "draft_id", "'d9' is not in drafts.csv."),
    (",Ann,7,,", "draft_id", "it is empty."),
    ("d1,,7,,", "rater", "it is empty."),
    ("d1,Ann,7,,gamma", "model_guess", "'gamma' wrote none of the drafts. Write ? for no idea."),
    ("d1,Ann,7", "thumb", "there are 3 cells where the header has 5."),
    ("d1,Ann,7,,,,,", "model_guess", "there are 8 cells where the header has 5."),
]


@pytest.mark.parametrize(("row", "column", "reason"), BAD_RATINGS)
def test_a_bad_row_is_named_and_set_aside(tmp_path: Path, row: str, column: str, reason: str) -> None:
    ratings = f"draft_id,rater,score,thumb,model_guess\nd2,Ann,6,,\n\n{row}\nd3,Zoe,5,,beta\n"
    found = read(tmp_path, drafts=DRAFTS, ratings=ratings)
    assert [str(fault) for fault in found.faults] == [f"ratings.csv, line 4, {column}: {reason}"]
    assert found.n_set_aside == 1
    assert found.observations.ratings.score.tolist() == [6, 5]
    with pytest.raises(InvalidFile, match=r"ratings.csv, line 4, .* Nothing was analysed"):
        read(tmp_path, strict=True, drafts=DRAFTS, ratings=ratings)


@pytest.mark.parametrize(
    ("column", "cell", "reason"),
    [
        ("at", "yesterday", "'yesterday' is no time. Write it like 2026-11-20T14:30:00+01:00."),
        ("at", "1763640000000", "'1763640000000' is no time. Write it like 2026-11-20T14:30:00+01:00."),
        (
            "at",
            "9999-12-31T23:59:59-23:00",
            "'9999-12-31T23:59:59-23:00' is no time. Write it like 2026-11-20T14:30:00+01:00.",
        ),
        ("assigned", "maybe", "'maybe' is neither true nor false."),
        ("propensity", "0", "'0' is no probability above 0 and up to 1."),
        ("propensity", "1.5", "'1.5' is no probability above 0 and up to 1."),
    ],
)
def test_other_bad_cells(tmp_path: Path, column: str, cell: str, reason: str) -> None:
    found = read(tmp_path, drafts=DRAFTS, ratings=f"draft_id,rater,score,{column}\nd1,Ann,7,{cell}\n")
    assert [(fault.line, fault.column, fault.reason) for fault in found.faults] == [(2, column, reason)]


def test_bad_drafts_and_votes(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        drafts=DRAFTS + "d1,gamma,post,5,5,\nd4,,post,5,5,\nd5,alpha,post,high,5,\n",
        ratings=RATINGS,
        votes=VOTES + "d2,d3,left,Ann,\nd1,d9,left,Ann,\nd1,d2,top,Ann,\n",
    )
    assert [str(fault) for fault in found.faults] == [
        "drafts.csv, line 5, draft_id: 'd1' is listed on an earlier line.",
        "drafts.csv, line 6, model: it is empty.",
        "drafts.csv, line 7, heuristic: 'high' is no number.",
        (
            "votes.csv, line 4, right_draft: both texts are by one model, "
            "so that the vote says nothing about models."
        ),
        "votes.csv, line 5, right_draft: 'd9' is not in drafts.csv.",
        "votes.csv, line 6, choice: 'top' is none of left, right, tie and both_bad.",
    ]
    assert found.observations.labels.models == ("alpha", "beta")
    assert len(found.observations.votes) == 2


def test_the_latest_rating_of_a_rater_counts(tmp_path: Path) -> None:
    ratings = (
        "draft_id,rater,score,at\n"
        "d1,Ann,9,2026-11-22\nd1,Ann,3,2026-11-20\nd1,Ann,5,\n"
        "d2,Ann,4,\nd2,Ann,6,\nd2,Zoe,7,\n"
    )
    found = read(tmp_path, drafts=DRAFTS, ratings=ratings)
    assert found.n_superseded == 3
    assert found.observations.ratings.score.tolist() == [9, 6, 7]


def test_a_vote_given_anew_counts_once_whichever_side(tmp_path: Path) -> None:
    votes = VOTES + "d2,d1,tie,Ann,2026-11-22\n"
    found = read(tmp_path, drafts=DRAFTS, ratings=RATINGS, votes=votes)
    assert found.n_superseded == 1
    assert sorted(found.observations.votes.choice.tolist()) == [Choice.TIE, Choice.BOTH_BAD]


def test_until_takes_things_as_they_stood_before(tmp_path: Path) -> None:
    ratings = "draft_id,rater,score,at\nd1,Ann,9,2026-11-22\nd1,Ann,3,2026-11-20\nd2,Ann,5,\n"
    until = datetime(2026, 11, 22, tzinfo=UTC)
    found = read(tmp_path, until, drafts=DRAFTS, ratings=ratings)
    assert found.observations.ratings.score.tolist() == [3]
    assert (found.n_later, found.n_set_aside) == (1, 1)
    assert "there is no time" in found.faults[0].reason
    with pytest.raises(InvalidFile, match="lacks the column at"):
        read(tmp_path, until, drafts=DRAFTS, ratings="draft_id,rater,score\nd1,Ann,9\n")


def test_votes_between_models_need_no_drafts(tmp_path: Path) -> None:
    votes = "left_model,right_model,choice,rater\nalpha,beta,tie,Ann\ngamma,alpha,RIGHT,Bob\n"
    found = read(tmp_path, drafts=DRAFTS, ratings=RATINGS, votes=votes)
    assert found.observations.labels.models == ("alpha", "beta", "gamma")
    assert found.observations.labels.raters == ("Ann", "Bob", "Zoe")
    assert found.observations.votes.left_model.tolist() == [0, 2]
    assert found.observations.votes.left_draft.tolist() == [-1, -1]
    assert analyze(found.observations).n_votes == 2


def test_ratings_alone_may_name_models(tmp_path: Path) -> None:
    ratings = (
        "draft_id,rater,score,model,content_type\n"
        "d1,Ann,7,beta,post\nd1,Zoe,6,beta,post\nd2,Ann,4,alpha,\nd2,Zoe,4,beta,\n"
    )
    found = read(tmp_path, ratings=ratings)
    assert found.observations.labels.models == ("alpha", "beta")
    assert found.observations.labels.content_types == ("post", "unspecified")
    assert found.observations.drafts.model.tolist() == [1, 0]
    assert [str(fault) for fault in found.faults] == [
        "ratings.csv, line 5, model: an earlier line says that draft 'd2' is another's."
    ]


def test_ratings_alone_without_models_are_one_models(tmp_path: Path) -> None:
    found = read(tmp_path, ratings="draft_id,rater,score\nd1,Ann,7\nd1,Zoe,6\n")
    assert found.observations.labels.models == ("unspecified model",)
    assert "all drafts count as one model's" in found.notes[0]


@pytest.mark.parametrize(
    ("text", "encoding"), [(DRAFTS, "utf-8-sig"), (DRAFTS, "utf-16"), (DRAFTS.replace(",", ";"), "utf-8")]
)
def test_what_spreadsheets_write_is_read(tmp_path: Path, text: str, encoding: str) -> None:
    text = text.replace('"pricing; again"', "pricing")
    found = read(tmp_path, drafts=text.replace("\n", "\r\n").encode(encoding), ratings=RATINGS)
    assert found.observations.labels.models == ("alpha", "beta")
    assert found.n_set_aside == 0


def test_windows_names_are_read_and_said(tmp_path: Path) -> None:
    ratings = "draft_id,rater,score\nd1,Jérôme,7\n".encode("cp1252")
    found = read(tmp_path, drafts=DRAFTS, ratings=ratings)
    assert found.observations.labels.raters == ("Jérôme",)
    assert "ratings.csv is not in UTF-8 and was read as Windows-1252" in found.notes[-1]


@pytest.mark.parametrize(
    ("ratings", "sentence"),
    [
        (b"", "ratings.csv is empty"),
        (b"\x00\x01\x02", "is not text"),
        (b"\x81\x8d\n", "is not text"),
        (b"draft_id,rater,score,Score\n", "has the column score twice"),
        (b"draft,rater,score\n", "lacks the column draft_id.* it names: draft, rater, score"),
        (b"draft_id,score\n", "lacks the column rater"),
        (b"draft_id,rater\n", "lacks the column score"),
        (b'draft_id,rater,score\nd1,"Ann,7\nd2,Ann,8\n', "line 3: .*quotation mark"),
        (b'draft_id,rater,score\nd1,"' + b"x" * 200_000 + b'",7\n', "field larger"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, ratings: bytes, sentence: str) -> None:
    with pytest.raises(InvalidFile, match=sentence):
        read(tmp_path, drafts=DRAFTS, ratings=ratings)


def test_a_missing_file_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(InvalidFile, match=r"none.csv cannot be read: No such file"):
        read_files(tmp_path / "none.csv")
    with pytest.raises(InvalidFile, match="cannot be read: Is a directory"):
        read_files(tmp_path)


def test_files_with_headers_only_are_an_empty_analysis(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        drafts="draft_id,model,content_type,heuristic\n",
        ratings="draft_id,rater,score\n",
        votes="left_draft,right_draft,choice,rater\n",
    )
    assert len(found.observations.ratings) == 0
    assert found.observations.labels.models == ()


def test_a_line_is_counted_where_cells_hold_line_breaks(tmp_path: Path) -> None:
    drafts = 'draft_id,model,topic\nd1,alpha,"two\nlines"\nd2,,x\n'
    found = read(tmp_path, drafts=drafts, ratings="draft_id,rater,score\nd1,Ann,7\n")
    assert found.faults[0].line == 4


def test_many_faults_are_counted_and_the_first_kept(tmp_path: Path) -> None:
    rows = "".join(f"d1,r{row},0\n" for row in range(FAULTS_KEPT + 500))
    found = read(tmp_path, drafts=DRAFTS, ratings=f"draft_id,rater,score\n{rows}")
    assert (len(found.faults), found.n_set_aside) == (FAULTS_KEPT, FAULTS_KEPT + 500)


def test_faults_are_named_in_the_order_of_lines(tmp_path: Path) -> None:
    found = read(tmp_path, ratings="draft_id,rater,score\nd1,Ann,0\nd2,Ann\nd3,,7\nd4,Ann,high\n")
    assert [fault.line for fault in found.faults] == [2, 3, 4, 5]


def test_files_say_what_could_be_drawn_and_seen(tmp_path: Path) -> None:
    """Arms of one model count together, also where its first arm wrote nothing that is left."""
    ratings = (
        "draft_id,rater,score,model,assigned,drawn_from,others_visible\n"
        "d1,Ann,7,rich@2,true,plain|rich,false\n"
        "d2,Ann,6,plain,true,late|plain|rich,true\n"
        "d3,Ann,5,plain,false,,true\n"
    )
    tasks = write(tmp_path, tasks="model,drawn_from\nrich,plain|rich\nplain,plain\nlate,\n")["tasks"]
    read_all = read_files(write(tmp_path, ratings=ratings)["ratings"], tasks=tasks)
    assigned, drawn = read_all.observations.assigned, read_all.observations.drawn
    assert assigned is not None
    assert assigned.models == ("late", "plain", "rich")
    assert assigned.observed.tolist() == [0, 1, 1]
    assert assigned.expected.tolist() == pytest.approx([1 / 3, 5 / 6, 5 / 6])
    assert drawn is not None
    assert (drawn.models, drawn.observed.tolist()) == (("plain", "rich"), [1, 1])
    assert read_all.n_others_visible == 2
    private = read_files(tmp_path / "ratings.csv", private_only=True)
    assert private.observations.ratings.score.tolist() == [7]
    assert private.source.left_out == {"after_others": 2}
    with pytest.raises(InvalidFile, match="lacks the column others_visible"):
        read(tmp_path, private_only=True, ratings="draft_id,rater,score\nd1,Ann,7\n")


def test_progress_is_told_by_file(tmp_path: Path) -> None:
    told: list[tuple[str, int]] = []
    paths = write(tmp_path, drafts=DRAFTS, ratings=RATINGS)
    read_files(paths["ratings"], paths["drafts"], progress=lambda name, rows: told.append((name, rows)))
    assert told == [("drafts.csv", 3), ("ratings.csv", 3)]


def test_an_apostrophe_before_a_formula_is_taken_off(tmp_path: Path) -> None:
    found = read(tmp_path, drafts=DRAFTS, ratings="draft_id,rater,score\nd1,'=Ann,7\nd1,'Bob',7\n")
    assert found.observations.labels.raters == ("'Bob'", "=Ann")
    assert np.unique(found.observations.ratings.rater).tolist() == [0, 1]


CELLS = st.sampled_from(
    ["d1", "d2", "Ann", "7", "1", "-1", "", " ", '"', "'", "=", "é", "\x00", "true", "1e999"]
)
ROWS = st.lists(st.lists(CELLS, max_size=6).map(",".join), max_size=8).map("\n".join)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(header=st.sampled_from(["draft_id,rater,score,thumb\n", "draft_id,rater,score\n", ""]), rows=ROWS)
def test_whatever_stands_in_a_file_it_is_read_or_refused(tmp_path: Path, header: str, rows: str) -> None:
    with contextlib.suppress(InvalidFile):
        found = read(tmp_path, drafts=DRAFTS, ratings=header + rows)
        ratings = found.observations.ratings
        assert not (np.isnan(ratings.score) & np.isnan(ratings.thumb)).any()


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(tmp_path: Path, content: bytes) -> None:
    with contextlib.suppress(InvalidFile):
        read(tmp_path, drafts=DRAFTS, ratings=content)
