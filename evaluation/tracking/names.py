"""People under other names: the same person always the same, and nobody without the key can tell who."""

import hmac
import os
import secrets
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

Naming = Callable[[str], str]
"""From a person's id to the name that MLflow may know."""

KEY_BYTES = 32


def naming_with(key_file: Path) -> Naming:
    """Names under the key of this file, which is made once, readable for its owner alone.

    HMAC-SHA256 (RFC 2104): whoever knows a team's few ids could try them all with a plain digest. Whoever
    deletes the key makes every name new. Raises OSError.
    """
    key = _key(key_file)
    return lambda person: f"person-{hmac.new(key, person.encode(), sha256).hexdigest()[:12]}"


def _key(file: Path) -> bytes:
    """The first of two processes that make it at the same time wins."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        partial = file.with_name(f"{file.name}.{os.getpid()}")
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(secrets.token_bytes(KEY_BYTES))
        try:
            os.link(partial, file)
        except FileExistsError:
            pass
        finally:
            partial.unlink()
    return file.read_bytes()
