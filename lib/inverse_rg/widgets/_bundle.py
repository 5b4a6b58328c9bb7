"""The widgets' JavaScript as one self-contained ES module, put together from ``js/``.

The sources are ES modules that import one another, so that they run as they are in Node and in a
browser. `bundle` joins them: no bundler, no network, the standard library alone.
"""

from __future__ import annotations

import functools
import json
import re
from pathlib import Path

from inverse_rg import _files
from inverse_rg.conditional_models import MODELS

SOURCES = Path(__file__).resolve().parent / "js"

ENTRY = "main.js"
WORKER_ENTRY = "worker.js"
DATA = "data.js"

_IMPORT = re.compile(r'^import \{ ([\w$]+(?:, [\w$]+)*) \} from "\./([\w-]+\.js)";$')
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|const|let|class)\b)")
_TOP_LEVEL = re.compile(r"^(?:async )?(?:function\*?|const|let|class) ([\w$]+)")


@functools.cache
def bundle() -> str:
    """Return the self-contained ES module that shows every widget.

    Returns
    -------
    str
        JavaScript with no import. It exports ``mount(element, options)`` for pages and, as its
        default, ``{render}`` for anywidget. The kernels of ``data/kernels``, the conditional
        models, the Monte Carlo set of ``data/widgets`` and the worker's text are inside.

    Raises
    ------
    ValueError
        If a source imports or exports in a way that cannot be joined, or two sources give the
        same name at top level; the message names the file.
    """
    worker = join(WORKER_ENTRY, data=_data_module("")) + "\nstartWorker(self);\n"
    return join(ENTRY, data=_data_module(worker), keep_exports=(ENTRY,))


def join(entry: str, *, data: str | None = None, keep_exports: tuple[str, ...] = ()) -> str:
    """Return `entry` and all that it imports, in order of dependence, as one script.

    Parameters
    ----------
    entry : str
        File name among the sources.
    data : str, optional
        What takes the place of ``data.js``.
    keep_exports : tuple of str
        Files whose exports stay exports.
    """
    parts = []
    owners: dict[str, str] = {}
    for name in dependencies(entry):
        text = data if name == DATA and data is not None else _read(name)
        lines = []
        for line in text.splitlines():
            if line.startswith("import "):
                continue
            bare = _EXPORT.sub("", line)
            if bare.startswith("export ") and name not in keep_exports:
                raise ValueError(f"{name} may export only functions, constants and classes: {line}")
            found = _TOP_LEVEL.match(bare)
            if found and owners.setdefault(found[1], name) != name:
                raise ValueError(f"{name} and {owners[found[1]]} both define {found[1]}")
            lines.append(line if name in keep_exports else bare)
        parts.append(f"// {name}\n" + "\n".join(lines).strip() + "\n")
    return "\n".join(parts)


def dependencies(entry: str) -> list[str]:
    """Return `entry` and the sources that it needs, each after those that it imports."""
    order: list[str] = []
    visiting: list[str] = []

    def visit(name: str) -> None:
        if name in order:
            return
        if name in visiting:
            raise ValueError(f"sources import one another in a circle: {' '.join(visiting)} {name}")
        visiting.append(name)
        for line in _read(name).splitlines():
            if not line.startswith("import "):
                continue
            found = _IMPORT.match(line)
            if found is None:
                raise ValueError(
                    f'{name} must import as `import {{ a, b }} from "./x.js";`, got {line}'
                )
            visit(found[2])
        visiting.pop()
        order.append(name)

    visit(entry)
    return order


def kernels() -> dict[str, dict]:
    """Return the kernels of ``data/kernels`` by name, as the pages hold them."""
    found = {}
    for path in sorted(_files.data_folder("kernels").glob("*.json")):
        content = json.loads(path.read_text(encoding="utf-8"))
        provenance = content.get("provenance", {})
        found[path.stem] = {
            "size": content["size"],
            "parameters": list(content["parameters"].values()),
            "released": "released" in path.stem,
            "weighted": bool(provenance.get("weighted")),
            "lattice": provenance.get("training_lattice"),
            "configurations": provenance.get("training_configurations"),
        }
    return found


def conditional_models() -> dict[str, dict]:
    """Return the conditional models by name, with the numbers of their upscalers."""
    return {name: model.describe() for name, model in MODELS.items()}


def _data_module(worker: str) -> str:
    """Return the text that stands for ``data.js`` in a bundle."""
    values = {
        "KERNELS": kernels(),
        "CONDITIONAL_MODELS": conditional_models(),
        "MONTE_CARLO": _monte_carlo(),
        "WORKER_SOURCE": worker,
    }
    if not worker:  # the worker itself needs no data
        values = {
            "KERNELS": {},
            "CONDITIONAL_MODELS": {},
            "MONTE_CARLO": None,
            "WORKER_SOURCE": "",
        }
    return "".join(
        f"export const {name} = {json.dumps(value, separators=(',', ':'))};\n"
        for name, value in values.items()
    )


def _monte_carlo():
    try:
        path = _files.data_folder("widgets") / "monte-carlo.json"
    except ValueError:
        return None
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None


def _read(name: str) -> str:
    path = SOURCES / name
    if not path.is_file():
        raise ValueError(f"there is no source {name}")
    return path.read_text(encoding="utf-8")
