"""Files in a zip from untrusted hands: nothing is extracted, and no more is read than was allowed."""

import io
import stat
import zipfile

METHODS = (
    zipfile.ZIP_STORED,
    zipfile.ZIP_DEFLATED,
)  # of the others a few bytes may unpack to gigabytes at once
ENTRY = b"PK\1\2"  # at the start of each entry of the table of contents
ENCRYPTED = 1  # the flag


def opened(content, most):
    """The `ZipFile` in the bytes `content`; `ValueError` where it is none, or has over `most` entries."""
    if content.count(ENTRY) > most:
        raise ValueError(f"it has more than {most:,} entries: it is not read")
    try:
        return zipfile.ZipFile(io.BytesIO(content))
    except Exception:  # it is hostile: nobody can say which
        raise ValueError("it is damaged, or no zip: it is not read") from None


def unpacked(archive, entry, most):
    """The bytes of an entry; `ValueError` where it is no plain file, or more than `most` bytes come out."""
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise ValueError("it is a link, which is not followed")
    if entry.flag_bits & ENCRYPTED:
        raise ValueError("it is encrypted: it is not read")
    if entry.compress_type not in METHODS:
        raise ValueError("it is compressed in an unusual way: it is not read")
    try:
        with archive.open(entry) as file:
            content = file.read(most + 1)  # whatever the zip says of its size
    except Exception:
        raise ValueError("it is damaged: it is not read") from None
    if len(content) > most:
        raise ValueError(f"it has more than {most:,} bytes: it is not read")
    return content
