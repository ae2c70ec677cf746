"""The app's two icons, drawn: a “C” that holds somebody."""

import math
import struct
import zlib
from collections.abc import Callable

SIGNATURE = b"\x89PNG\r\n\x1a\n"
INK = (47, 72, 88)  # as in the card of the app on Slack
RING, WIDTH, OPEN, DOT = 0.30, 0.11, math.radians(42), 0.11  # of the icon's width; the opening looks right


def color() -> bytes:
    """192 × 192: white on the app's colour."""
    return _png(192, lambda cover: bytes([*(round(255 * cover + ink * (1 - cover)) for ink in INK), 255]))


def outline() -> bytes:
    """32 × 32: white on nothing."""
    return _png(32, lambda cover: bytes([255, 255, 255, round(255 * cover)]))


def _png(size: int, paint: Callable[[float], bytes]) -> bytes:
    rows = b"".join(b"\0" + b"".join(paint(_cover(x, y, size)) for x in range(size)) for y in range(size))
    header = struct.pack(">2I5B", size, size, 8, 6, 0, 0, 0)  # 8 bits each of red, green, blue and opacity
    return SIGNATURE + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(rows, 9)) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _cover(column: int, row: int, size: int) -> float:
    """How much of a pixel is ink: 1 inside, 0 outside, in between on the edge."""
    x, y = (column + 0.5) / size - 0.5, (row + 0.5) / size - 0.5
    away = math.hypot(x, y)
    gap = x * math.sin(OPEN) - abs(y) * math.cos(OPEN)  # above 0 in the opening
    outside = min(max(abs(away - RING) - WIDTH / 2, gap), away - DOT)
    return min(max(0.5 - outside * size, 0.0), 1.0)
