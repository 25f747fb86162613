"""What a picture is, told by its first bytes: whoever sends it may call it what he likes."""

AVATAR_BYTES_MAX = 100 * 1024
PIXELS_MAX = 4096
_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8\xff"
_PADDING = b"\x00\r\n"
_JPEG_END = b"\xff\xd9"
_JPEG_FRAMES = frozenset({0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF})


def picture_type(content: bytes) -> str | None:
    """Return `image/png` or `image/jpeg` for a whole picture of a sensible size, None for anything else."""
    size = _png_size(content) if content.startswith(_PNG) else _jpeg_size(content) if content.startswith(_JPEG) else None
    if size is None or not all(1 <= each <= PIXELS_MAX for each in size):
        return None
    return "image/png" if content.startswith(_PNG) else "image/jpeg"


def _png_size(content: bytes) -> tuple[int, int] | None:
    """Return width and height of a PNG that ends as one."""
    if content[12:16] != b"IHDR" or b"IEND" not in content.rstrip(_PADDING)[-12:]:
        return None
    return int.from_bytes(content[16:20]), int.from_bytes(content[20:24])


def _jpeg_size(content: bytes) -> tuple[int, int] | None:
    """Return width and height of a JPEG that ends as one, from its first frame."""
    at = 2
    if not content.rstrip(_PADDING).endswith(_JPEG_END):
        return None
    while at + 9 <= len(content) and content[at] == 0xFF:
        marker = content[at + 1]
        if marker in _JPEG_FRAMES:
            return int.from_bytes(content[at + 7 : at + 9]), int.from_bytes(content[at + 5 : at + 7])
        at += 2 + int.from_bytes(content[at + 2 : at + 4])
    return None
