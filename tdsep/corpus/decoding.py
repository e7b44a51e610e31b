"""Bytes to text, when nobody says in which encoding."""

from __future__ import annotations

import codecs
import re

#: Two bytes or more that are one character of UTF-8: in other encodings they hardly occur.
_UTF8_CHARACTER = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
)
_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
#: What may have to be said of a document's bytes.
DAMAGED = "damaged: bytes that are no characters were left out"
OTHER = "not UTF-8, read as Windows-1252 (if that is wrong, convert with iconv)"


def decode(content: bytes) -> tuple[str | None, str | None]:
    """Read bytes as UTF-8, as UTF-16 if they say so, and else as what they may be.

    Returns
    -------
    text : str or None
        None if it is no text: zero bytes stand in it.
    remark : str or None
        Where the bytes are not as they should be: `DAMAGED` if some characters beyond ASCII are
        of the encoding, `OTHER` if none is.
    """
    encoding = "utf-16" if content.startswith(_UTF16_MARKS) else "utf-8-sig"
    if encoding != "utf-16" and b"\0" in content:
        return None, None
    try:
        return content.decode(encoding), None
    except UnicodeDecodeError:
        if encoding == "utf-16" or _UTF8_CHARACTER.search(content):
            return content.decode(encoding, "ignore"), DAMAGED
        return content.decode("cp1252", "replace"), OTHER


def without_surrogates(text: str) -> str:
    """Replace what no file can hold: halves of characters, from JSON's escapes or files' names."""
    return text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
