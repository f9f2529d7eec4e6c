"""What an uploaded file is, judged by its first bytes."""

import mimetypes
import struct

_PNG = b"\x89PNG\r\n\x1a\n"
_PICTURES = ((_PNG, "image/png"), (b"\xff\xd8\xff", "image/jpeg"), (b"GIF8", "image/gif"))

_FILETYPES = {"txt": "text", "md": "markdown", "py": "python", "js": "javascript", "bin": "binary"}


def mimetype_of(name: str, content: bytes) -> str:
    """Pictures are known by their content, never by what the uploader calls them; the rest by the name."""
    for start, mimetype in _PICTURES:
        if content.startswith(start):
            return mimetype
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return "image/webp"
    guessed = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return "application/octet-stream" if guessed.startswith("image/") else guessed


def filetype_of(name: str, mimetype: str) -> str:
    """Slack's short name for a kind of file, such as "png", "text" or "csv"."""
    kind, _, subtype = mimetype.partition("/")
    if kind == "image":
        return {"jpeg": "jpg"}.get(subtype, subtype)
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    return _FILETYPES.get(ending, ending) or ("text" if kind == "text" else "binary")


def png_size(content: bytes) -> tuple[int, int] | tuple[None, None]:
    """Width and height in pixels, from the header chunk of a PNG."""
    if not content.startswith(_PNG) or len(content) < 24:
        return None, None
    width, height = struct.unpack(">II", content[16:24])
    return int(width), int(height)
