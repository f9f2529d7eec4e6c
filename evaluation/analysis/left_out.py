"""What the database holds and the analysis leaves out, counted by the first reason."""

from dataclasses import dataclass


@dataclass(frozen=True)
class LeftOut:
    """How many drafts, and how many ratings and votes, the analysis leaves out, by the first reason."""

    deleted_drafts: int = 0
    discarded_drafts: int = 0
    on_drafts_gone: int = 0
    of_own_request: int = 0
    after_edit: int = 0
    after_others: int = 0
    within_one_arm: int = 0

    def sentences(self) -> tuple[str, ...]:
        """What was left out, in words."""
        words = {
            "drafts that were deleted": self.deleted_drafts,
            "drafts that were thrown away": self.discarded_drafts,
            "judgements of such drafts": self.on_drafts_gone,
            "judgements of one's own request": self.of_own_request,
            "judgements given after the text was edited": self.after_edit,
            "judgements given where another's reaction could be seen": self.after_others,
            "votes between two texts of one arm": self.within_one_arm,
        }
        return tuple(f"Left out: {n} {what}." for what, n in words.items() if n)
