"""Re-execute chapters as they are written and keep the outputs that the tests compare.

`make outputs` runs this file after a chapter or the package changed on purpose. Only cells tagged
``nbval-check-output`` keep their output, and of it only text: pictures stay out of git.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import nbformat
import papermill

TEXT = ("text/plain", "text/html")


def kept(output: nbformat.NotebookNode) -> nbformat.NotebookNode | None:
    """Return `output` with its text only, or None if it has none."""
    if output.output_type == "stream":
        return output
    data = {kind: text for kind, text in output.get("data", {}).items() if kind in TEXT}
    if not data:
        return None
    output.data = data
    return output


def refresh(path: Path) -> None:
    """Execute the notebook at `path` with its own parameters and rewrite its kept outputs."""
    source = nbformat.read(path, as_version=4)
    with tempfile.TemporaryDirectory() as folder:
        done = Path(folder) / path.name
        papermill.execute_notebook(path, done, cwd=path.parent, progress_bar=False)
        executed = nbformat.read(done, as_version=4)
    for cell, result in zip(source.cells, executed.cells, strict=True):
        if cell.cell_type == "code":
            compared = "nbval-check-output" in cell.metadata.get("tags", [])
            outputs = [kept(output) for output in result.outputs] if compared else []
            cell.outputs = [output for output in outputs if output is not None]
            # nbval takes outputs without a count for those of a cell that was not run.
            cell.execution_count = result.execution_count if compared else None
    nbformat.write(source, path)


if __name__ == "__main__":
    book = Path(__file__).resolve().parent
    names = sys.argv[1:] or sorted(path.stem for path in book.glob("*.ipynb"))
    for name in names:
        print(f"{name}: executing as written", flush=True)
        refresh(book / f"{name}.ipynb")
