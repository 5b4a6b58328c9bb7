"""Files of parameters: those that come with the package go by name, all others by path."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inverse_rg import _files, _optional


@dataclass(frozen=True)
class Kind:
    """One kind of file.

    Parameters
    ----------
    label : str
        What a message calls its files.
    ending : str
        How its paths end, with the point.
    folder : str, optional
        Folder below data/ of those that come with the package.
    """

    label: str
    ending: str
    folder: str = ""

    def names(self) -> list[str]:
        """Return the names of the files that come with the package, sorted."""
        return sorted(path.stem for path in _files.data_folder(self.folder).glob(f"*{self.ending}"))

    def find(self, name_or_path: str | os.PathLike) -> Path:
        """Return the path of a file that comes with the package, or the path given.

        A string is a path if it has the ending or holds a separator.

        Raises
        ------
        TypeError
            If `name_or_path` is neither a string nor a path.
        ValueError
            If the name is unknown; the message lists the known ones.
        """
        if not isinstance(name_or_path, (str, os.PathLike)):
            kind = type(name_or_path).__name__
            raise TypeError(f"name_or_path must be a name or a path, got {kind}")
        text = os.fspath(name_or_path)
        is_path = not isinstance(name_or_path, str) or text.endswith(self.ending) or "/" in text
        if is_path or os.sep in text:
            return Path(text)
        if text not in self.names():
            raise ValueError(
                f"name_or_path must be a path that ends in {self.ending} or one of "
                f"{', '.join(self.names())}; got {text!r}"
            )
        return _files.data_folder(self.folder) / f"{text}{self.ending}"

    def read_json(self, path: Path) -> Any:
        """Return what a JSON file holds, or raise a ValueError that names it."""
        try:
            return json.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise ValueError(
                f"{self.label} file {path} cannot be read: {error.strerror}"
            ) from error
        except ValueError as error:
            raise ValueError(f"{self.label} file {path} is not valid JSON: {error}") from error

    def read_tensors(self, path: str | os.PathLike) -> tuple[dict[str, str], dict[str, Any]]:
        """Return metadata and tensors of a safetensors file; a ValueError names it."""
        safetensors = _optional.load("safetensors", f"reading a {self.label} file")
        try:
            with safetensors.safe_open(path, framework="pt") as file:
                return file.metadata() or {}, {name: file.get_tensor(name) for name in file.keys()}
        except (OSError, safetensors.SafetensorError) as error:
            raise ValueError(f"{self.label} file {path} cannot be read: {error}") from error

    def write_tensors(self, path, metadata: dict[str, str], tensors: dict[str, Any]) -> None:
        """Write a safetensors file, whole or not at all."""
        safetensors = _optional.load("safetensors.torch", f"writing a {self.label} file")
        own = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
        _files.write_bytes(path, safetensors.save(own, metadata))

    @contextlib.contextmanager
    def naming(self, path: str | os.PathLike) -> Iterator[None]:
        """Turn a trouble with the contents of `path` into a ValueError that names the file."""
        try:
            yield
        except (ValueError, TypeError, RuntimeError) as error:
            raise ValueError(f"{self.label} file {path} is not usable: {error}") from error
