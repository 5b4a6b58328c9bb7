"""The bundle: one module, nothing from outside, and what cannot be joined is said."""

import re
import shutil
import subprocess

import pytest

from inverse_rg.widgets import _bundle


def test_the_bundle_is_one_module():
    text = _bundle.bundle()
    assert not re.search(r"^import ", text, re.MULTILINE)
    exports = re.findall(r"^export .*", text, re.MULTILINE)
    assert len(exports) == 2
    assert any(line.startswith("export function mount(") for line in exports)
    assert "export default { render };" in exports
    for name in ("KERNELS", "CONDITIONAL_MODELS", "MONTE_CARLO", "WORKER_SOURCE"):
        assert len(re.findall(rf"^const {name} = ", text, re.MULTILINE)) == 1


def test_the_bundle_asks_for_nothing():
    outside = [
        url
        for url in re.findall(r"https?://[\w./-]+", _bundle.bundle())
        if not url.startswith("http://www.w3.org/")  # the names of XML namespaces
    ]
    assert outside == []


def test_node_can_read_the_bundle(tmp_path):
    if not shutil.which("node"):
        pytest.skip("needs Node")
    path = tmp_path / "bundle.mjs"
    path.write_text(_bundle.bundle(), encoding="utf-8")
    body = f'const m = await import("{path.as_uri()}"); console.log(Object.keys(m).sort().join());'
    command = ["node", "--input-type=module", "-e", body]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "default,mount\n"), done.stderr


def test_every_source_is_in_the_bundle_and_short():
    held = set(_bundle.dependencies(_bundle.ENTRY)) | set(_bundle.dependencies("worker.js"))
    for path in sorted(_bundle.SOURCES.glob("*.js")):
        assert path.name in held, f"{path.name} is imported nowhere"
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 400, path.name


@pytest.fixture
def sources(tmp_path, monkeypatch):
    """Return a function that writes sources into a folder of their own."""
    monkeypatch.setattr(_bundle, "SOURCES", tmp_path)

    def write(**files):
        for name, text in files.items():
            (tmp_path / f"{name}.js").write_text(text, encoding="utf-8")

    return write


def test_sources_are_joined_in_order(sources):
    sources(
        a='import { b } from "./b.js";\nexport const a = b;\n',
        b='import { c } from "./c.js";\nexport function b() { return c; }\n',
        c="export const c = 3;\n",
    )
    assert _bundle.dependencies("a.js") == ["c.js", "b.js", "a.js"]
    text = _bundle.join("a.js")
    assert text.index("const c") < text.index("function b") < text.index("const a")
    assert "import" not in text
    assert "export" not in text


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"a": 'import { b } from "./b.js";'}, "there is no source b.js"),
        ({"a": 'import b from "./b.js";'}, r"a.js must import as"),
        (
            {"a": 'import { b as c } from "./b.js";', "b": "export const b = 1;"},
            "a.js must import as",
        ),
        ({"a": 'import { b } from "https://x.org/b.js";'}, r"a.js must import as"),
        ({"a": "export { x };"}, "a.js may export only functions, constants and classes"),
        (
            {
                "a": 'import { b } from "./b.js";\nconst c = 1;',
                "b": "const c = 2;\nexport const b = 1;",
            },
            "a.js and b.js both define c",
        ),
        (
            {"a": 'import { b } from "./b.js";', "b": 'import { a } from "./a.js";'},
            "import one another in a circle: a.js b.js a.js",
        ),
    ],
)
def test_what_cannot_be_joined(files, message, sources):
    sources(**files)
    with pytest.raises(ValueError, match=message):
        _bundle.join("a.js")
