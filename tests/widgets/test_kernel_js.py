"""Kernels in JavaScript: the same windows, probabilities and files as the package."""

import itertools
import json

import numpy as np
import pytest

import inverse_rg as irg
from inverse_rg.kernels import Kernel, field, offset_classes, window_steps

SIZES = (1, 3, 5, 7, 9, 11, 15)


def some_kernel(size, seed=0):
    """Return a kernel with a different parameter for each class."""
    count = len(offset_classes(size))
    values = np.random.default_rng([seed, size]).normal(0, 0.2, count) / np.arange(1, count + 1)
    return Kernel(size, tuple(float(value) for value in values))


def as_js(kernel):
    return {"size": kernel.size, "parameters": list(kernel.parameters)}


@pytest.mark.parametrize("size", SIZES)
def test_classes_steps_and_windows(size, javascript):
    kernel = some_kernel(size)
    body = """
    const { size, parameters } = args.kernel;
    const window = [...kernel.windowOf(size, parameters)];
    return [kernel.offsetClasses(size), kernel.windowSteps((size + 1) / 2), window];
    """
    classes, steps, window = javascript(["kernel"], body, kernel=as_js(kernel))
    assert [tuple(pair) for pair in classes] == offset_classes(size)
    assert steps == window_steps((size + 1) // 2).tolist()
    np.testing.assert_allclose(window, kernel.window.ravel(), rtol=0, atol=1e-15)


@pytest.mark.parametrize("size", [3, 5])
def test_the_probability_of_every_window_pattern(size, javascript):
    """Every pattern at each of the four corners of a block, against `field`."""
    kernel = some_kernel(size)
    width = (size + 1) // 2
    body = """
    const sampler_ = sampler.createSampler(args.kernel);
    return Array.from(sampler_.whole, (whole, i) => (whole + sampler_.fraction[i]) / 65536);
    """
    up = np.array(javascript(["sampler"], body, kernel=as_js(kernel)))
    assert len(up) == 2 ** (width * width)
    bits = (np.arange(len(up))[:, None] >> np.arange(width * width)) & 1
    spins = 2 * bits.reshape(-1, width, width) - 1
    steps = window_steps(width)
    side, centre = 2 * width + 2, width
    for a, b in itertools.product((-1, 1), repeat=2):
        coarse = np.ones((len(up), side, side), np.int8)
        coarse[:, centre + a * steps[:, None], centre + b * steps[None, :]] = spins
        h = field(kernel, coarse)[:, 2 * centre + (a > 0), 2 * centre + (b > 0)]
        np.testing.assert_allclose(up, 1 / (1 + np.exp(-2 * h)), rtol=0, atol=1e-12)


BISECTION = """
// The generator that upscale() gets is a stub: in 16 rounds each spin is asked whether it is up for
// digits that close in on its probability. So the whole path from lattice to spin is inverted.
const drawer = sampler.createSampler(args.kernel);
const count = 4 * args.side * args.side;
let low = new Array(count).fill(0);
for (let bit = 32768; bit >= 1; bit /= 2) {
  let row = 0;
  const stub = {
    fill(words) {
      const digits = new Uint16Array(words.buffer);
      for (let half = 0; half < 2; half++) for (let x = 0; x < args.side; x++) {
        digits[half * args.side + x] = low[2 * args.side * row + 2 * x + half] + bit - 1;
      }
      row += 1;
    },
  };
  const never = { nextFloat: () => 1 };
  const fine = sampler.upscale(drawer, Uint8Array.from(args.coarse), args.side, stub, never);
  low = low.map((value, i) => value + bit * fine[i]);
}
return low;
"""


@pytest.mark.parametrize("side", [1, 2, 3, 4, 8])
@pytest.mark.parametrize("size", SIZES)
def test_upscaling_uses_the_field_of_the_package(size, side, javascript):
    """The threshold of every fine spin, read out of `upscale`, also where the window wraps."""
    kernel = some_kernel(size, seed=1)
    coarse = np.random.default_rng([size, side]).choice([-1, 1], (1, side, side)).astype(np.int8)
    spins = (coarse.ravel() > 0).astype(int).tolist()
    found = np.array(
        javascript(["sampler"], BISECTION, kernel=as_js(kernel), coarse=spins, side=side)
    )
    expected = 65536 / (1 + np.exp(-2 * field(kernel, coarse).ravel()))
    assert np.array_equal(found, np.floor(expected))


def test_a_window_turned_around_is_found(javascript):
    kernel = some_kernel(5, seed=1)
    turned = Kernel.from_window(kernel.window[::-1, ::-1])
    coarse = np.random.default_rng(3).choice([-1, 1], (1, 4, 4)).astype(np.int8)
    spins = (coarse.ravel() > 0).astype(int).tolist()
    found = np.array(javascript(["sampler"], BISECTION, kernel=as_js(turned), coarse=spins, side=4))
    expected = 65536 / (1 + np.exp(-2 * field(kernel, coarse).ravel()))
    assert np.abs(found - expected).max() > 1000


@pytest.mark.parametrize("name", ["k3", "k5-weighted", "k7", "k3-released"])
def test_kernel_files_go_both_ways(name, javascript, tmp_path):
    known = Kernel.load(name)
    known.save(tmp_path / "out.json")
    body = """
    const read = kernel.parseKernel(args.text);
    return [read, kernel.kernelText(read, "a test")];
    """
    text = (tmp_path / "out.json").read_text(encoding="utf-8")
    read, written = javascript(["kernel"], body, text=text)
    assert read == as_js(known)
    (tmp_path / "back.json").write_text(written, encoding="utf-8")
    assert Kernel.load(tmp_path / "back.json") == known


GOOD = {"format": "inverse_rg kernel", "version": 1, "size": 3}
PARAMETERS = {"0,0": 0.3, "1,0": 0.2, "1,1": 0.1}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not valid JSON"),
        ("[1, 2]", "its format must be"),
        (json.dumps({"format": "poem"}), "its format must be"),
        (json.dumps({**GOOD, "version": 2}), "version 2"),
        (json.dumps({**GOOD, "size": 4}), "must be odd"),
        (json.dumps({**GOOD, "size": "3"}), "must be odd"),
        (json.dumps({**GOOD, "size": 17}), "from 1 to 15"),
        (json.dumps(GOOD), "must map offset classes to numbers"),
        (json.dumps({**GOOD, "parameters": {"0,0": 0.3}}), "missing: 1,0 1,1"),
        (json.dumps({**GOOD, "parameters": {**PARAMETERS, "2,0": 1}}), "unknown: 2,0"),
        (json.dumps({**GOOD, "parameters": {**PARAMETERS, "1,1": "x"}}), "must be a number"),
        (json.dumps({**GOOD, "parameters": {**PARAMETERS, "1,1": 1e9}}), "must be a number"),
    ],
)
def test_bad_kernel_files(text, message, javascript):
    body = "try { kernel.parseKernel(args.text); } catch (error) { return error.message; }"
    assert message in javascript(["kernel"], body, text=text)


def test_probability_of_up(javascript):
    fields = [-30.0, -1.0, 0.0, 0.4, 30.0]
    up = javascript(["kernel"], "return args.fields.map(kernel.upProbability)", fields=fields)
    np.testing.assert_allclose(up, 1 / (1 + np.exp(-2 * np.array(fields))), rtol=1e-14)


def test_every_kernel_of_the_package_is_in_the_bundle():
    from inverse_rg.widgets import _bundle

    held = _bundle.kernels()
    assert sorted(held) == Kernel.names()
    for name, content in held.items():
        known = irg.Kernel.load(name)
        assert (content["size"], tuple(content["parameters"])) == (known.size, known.parameters)
