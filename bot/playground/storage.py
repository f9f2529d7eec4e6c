"""The playground's own SQLite file, never the bot's: one table of JSON documents, written through."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from bot.playground.entities import Entity
from bot.playground.errors import ConfigurationError

_TABLE = """
CREATE TABLE IF NOT EXISTS documents (
    kind TEXT NOT NULL, key TEXT NOT NULL, body TEXT NOT NULL, content BLOB, PRIMARY KEY (kind, key)
) WITHOUT ROWID
"""


class Storage:
    """Documents by kind and key; a file's bytes lie beside its document.

    Calls are synchronous: each writes a few kilobytes to a local file without waiting for the disk,
    which is shorter than handing it to a thread.
    """

    def __init__(self, path: Path | None) -> None:
        """Opens or makes the file; None keeps it in memory. Raises ConfigurationError."""
        try:
            if path is not None:
                path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(":memory:" if path is None else path, isolation_level=None)
            self._connection.execute("PRAGMA journal_mode = WAL")
            # A power cut may cost the last clicks in a playground; a slow page would cost more.
            self._connection.execute("PRAGMA synchronous = OFF")
            self._connection.execute(_TABLE)
        except (OSError, sqlite3.Error) as error:
            raise ConfigurationError(
                f"The playground's state file {path} cannot be opened: {error}. "
                "Delete it to start with an empty workspace, or choose another path."
            ) from None

    def put(self, kind: str, key: str, entity: Entity) -> None:
        """Writes a document; bytes stored under the same key stay."""
        self._connection.execute(
            "INSERT INTO documents (kind, key, body) VALUES (?, ?, ?) "
            "ON CONFLICT (kind, key) DO UPDATE SET body = excluded.body",
            (kind, key, entity.model_dump_json()),
        )

    def put_content(self, kind: str, key: str, content: bytes) -> None:
        """Writes the bytes of a document that exists."""
        self._connection.execute(
            "UPDATE documents SET content = ? WHERE kind = ? AND key = ?", (content, kind, key)
        )

    def content(self, kind: str, key: str) -> bytes | None:
        """The bytes of a document, if it has any."""
        row = self._connection.execute(
            "SELECT content FROM documents WHERE kind = ? AND key = ?", (kind, key)
        ).fetchone()
        return None if row is None else row[0]

    def delete(self, kind: str, key: str) -> None:
        self._connection.execute("DELETE FROM documents WHERE kind = ? AND key = ?", (kind, key))

    def bodies(self, kind: str) -> Iterator[str]:
        """Every document of a kind, by key."""
        for (body,) in self._connection.execute(
            "SELECT body FROM documents WHERE kind = ? ORDER BY key", (kind,)
        ):
            yield body

    def close(self) -> None:
        self._connection.close()
