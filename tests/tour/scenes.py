"""What the tour shows, in the order in which a person meets it; the camera does the rest."""

from typing import Final

from tests.tour import drafts, home, reports
from tests.tour.scene import Scene

SCENES: Final[tuple[Scene, ...]] = (*drafts.SCENES, *home.SCENES, *reports.SCENES)
