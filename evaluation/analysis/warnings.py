"""What a reader must know before believing the figures, in sentences."""

from evaluation.analysis.document import Analysis, Blinding
from evaluation.wording import in_a_row

_SUSPICIOUS = 0.001
_LOW_AGREEMENT = 0.2


def write_warnings(analysis: Analysis) -> tuple[str, ...]:
    """The warnings that apply, the gravest first."""
    return tuple(
        sentence for sentence in (*_about_checks(analysis), *_about_amounts(analysis)) if sentence is not None
    )


def _about_checks(analysis: Analysis) -> list[str | None]:
    checks, alpha = analysis.checks, analysis.agreement.alpha.get("ordinal")
    drawn, srm, sides = checks.drawn_srm_p, checks.assignment_srm_p, checks.left_right_p
    flagged = ", ".join(rater.rater for rater in checks.flagged_raters)
    return [
        _about_blinding(checks.blinding),
        f"Tasks did not fall on models as chance should have it (p = {drawn:.2g}): the draw is at fault."
        if _below(drawn)
        else None,
        f"Assigned drafts were not spread over models as drawn (p = {srm:.2g}): something selects them."
        if _below(srm) and not _below(drawn)
        else None,
        f"Models did not stand left and right equally often (p = {sides:.2g})." if _below(sides) else None,
        f"Ratings that contradict everybody else's come from: {flagged}. They are counted all the same."
        if flagged
        else None,
        f"Raters hardly agree (ordinal alpha {alpha.alpha:.2f}): a single rating says little."
        if alpha is not None and alpha.alpha < _LOW_AGREEMENT
        else None,
    ]


def _below(p: float | None) -> bool:
    return p is not None and p < _SUSPICIOUS


def _about_blinding(blinding: Blinding | None) -> str | None:
    if blinding is None or not blinding.alarm:
        return None
    if blinding.recognised:
        return "Raters can tell which model wrote a draft: the ratings may not be blind."
    return (
        "Raters guess one model's name more often than chance: a favourite name, or a model they recognise."
    )


def _about_amounts(analysis: Analysis) -> list[str | None]:
    overall = [line for line in analysis.models if line.content_type is None]
    few = [line.model for line in overall if line.status == "insufficient"]
    chosen = [line.model for line in overall if line.evidence == "descriptive" and line.n_ratings]
    nothing = [
        line.dimension
        for line in analysis.heuristics
        if line.content_type is None and line.verdict in ("predicts_nothing", "misleads")
    ]
    return [
        f"Too few ratings or raters to judge: {in_a_row(few)}." if few else None,
        f"Descriptive only, because people chose what to rate: {in_a_row(chosen)}." if chosen else None,
        f"Few people rated ({analysis.n_raters}): intervals speak of raters like them with little certainty."
        if 0 < analysis.n_raters < 3
        else None,
        f"Heuristics that do not go along with people's scores: {in_a_row(nothing)}." if nothing else None,
    ]
