"""Where all uploaded and written files lie: sealed, and readable by nobody but us."""

import io
import os
from pathlib import Path

from django.core.files import File
from django.core.files.storage import FileSystemStorage

from grids.files import sealing

FILE_MODE, FOLDER_MODE = 0o600, 0o700


class SealedStorage(FileSystemStorage):
    """Files of before, in clear, are read as they are; `sweeping.seal_all` seals them."""

    def _open(self, name, mode="rb"):
        if mode != "rb":
            raise ValueError("sealed files are written once, and read")
        file = open(self.path(name), "rb")  # noqa: SIM115  the File closes it
        if not sealing.is_sealed(file):
            return File(file, name)
        opened = sealing.Opened(file, _known_as(name))
        return File(io.BufferedReader(opened, sealing.PART), name)

    def _save(self, name, content):
        content.seek(0)
        while True:
            path = Path(self.path(name))
            path.parent.mkdir(FOLDER_MODE, parents=True, exist_ok=True)
            try:
                place = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
                break
            except FileExistsError:
                name = self.get_available_name(name)
        with os.fdopen(place, "wb") as file:
            for chunk in sealing.seal(content.chunks(), _known_as(name)):
                file.write(chunk)
        return name.replace("\\", "/")

    def size(self, name):
        with open(self.path(name), "rb") as file:
            return sealing.size(file) if sealing.is_sealed(file) else super().size(name)

    def seal(self, name):
        """Seal a file in clear, or seal its key anew when it is an older one; whether it had to."""
        path = Path(self.path(name))
        with path.open("rb") as file:
            chunks = self._better(file, name)
            if chunks is None:
                return False
            aside = path.with_name(f".{path.name}.sealing")
            try:
                _write(aside, chunks)
            except sealing.fields.SecretError:
                aside.unlink()
                raise
        times = path.stat()
        os.utime(aside, (times.st_atime, times.st_mtime))
        aside.replace(path)
        return True

    def _better(self, file, name):
        """Chunks of the file as it should be; None when it is."""
        if not sealing.is_sealed(file):
            return sealing.seal(File(file).chunks(), _known_as(name))
        if sealing.key_marks(file) != sealing.fields.head():
            return sealing.sealed_again(file, _known_as(name))
        return None


def _write(path, chunks):
    place = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, FILE_MODE)
    with os.fdopen(place, "wb") as written:
        for chunk in chunks:
            written.write(chunk)
        written.flush()
        os.fsync(written.fileno())


def _known_as(name):
    return str(name).replace("\\", "/")
