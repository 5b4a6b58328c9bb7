import json
import pickle

import numpy as np
import pytest

from inverse_rg.kernels import Kernel, field, offset_classes, window_steps

K3 = Kernel(3, (0.36312, 0.146967, 0.143286))


def random_kernel(size: int, seed: int) -> Kernel:
    count = len(offset_classes(size))
    return Kernel(size, tuple(np.random.default_rng(seed).normal(size=count)))


@pytest.mark.parametrize(("size", "count"), [(1, 1), (3, 3), (5, 6), (7, 10), (9, 15)])
def test_number_of_parameters(size, count):
    assert len(offset_classes(size)) == count == (size + 1) * (size + 3) // 8


def test_order_of_offset_classes():
    assert offset_classes(5) == [(0, 0), (1, 0), (1, 1), (2, 0), (2, 1), (2, 2)]


def test_matrix_of_a_small_kernel():
    expected = [[3, 2, 3], [2, 1, 2], [3, 2, 3]]
    np.testing.assert_array_equal(Kernel(3, (1, 2, 3)).matrix, expected)


def test_window_of_a_small_kernel():
    # own: centre, two edges, one corner; near: edge and corner; near-near: corner.
    np.testing.assert_array_equal(Kernel(3, (1, 2, 3)).window, [[1 + 4 + 3, 5], [5, 3]])


@pytest.mark.parametrize("size", [1, 3, 5, 7, 9, 13])
def test_window_collects_the_kernel_entries(size):
    # The slow way: for each offset, which coarse spin does a left-hand fine spin meet?
    kernel = random_kernel(size, size)
    width = (size + 1) // 2
    place = {-int(step): index for index, step in enumerate(window_steps(width))}
    expected = np.zeros((width, width))
    reach = size // 2
    for dy in range(-reach, reach + 1):
        for dx in range(-reach, reach + 1):
            expected[place[dy // 2], place[dx // 2]] += kernel.matrix[dy + reach, dx + reach]
    np.testing.assert_allclose(kernel.window, expected, rtol=1e-13, atol=1e-14)


@pytest.mark.parametrize("size", [1, 3, 5, 7, 9, 13])
def test_from_window_inverts_window(size):
    kernel = random_kernel(size, 10 + size)
    again = Kernel.from_window(kernel.window, provenance={"source": "a test"})
    np.testing.assert_allclose(again.parameters, kernel.parameters, rtol=1e-12, atol=1e-13)
    assert again.provenance == {"source": "a test"}


def test_kernel_is_a_value():
    kernel = Kernel(3, [1, 2.5, np.float32(3)], provenance={"a": 1})
    assert kernel == Kernel(3, (1.0, 2.5, 3.0))
    assert hash(kernel) == hash(Kernel(3, (1.0, 2.5, 3.0)))
    assert kernel != Kernel(3, (1.0, 2.5, 3.1))
    assert pickle.loads(pickle.dumps(kernel)) == kernel
    with pytest.raises(AttributeError):
        kernel.size = 5


@pytest.mark.parametrize("size", [0, -3, 2, 4])
def test_bad_size(size):
    with pytest.raises(ValueError, match=f"size must be .*got {size}"):
        Kernel(size, (1.0,))
    with pytest.raises(ValueError, match="size must be"):
        offset_classes(size)


def test_size_is_an_integer():
    with pytest.raises(TypeError, match=r"size must be an integer, got 3\.0"):
        Kernel(3.0, (1, 2, 3))


def test_wrong_number_of_parameters():
    with pytest.raises(ValueError, match=r"parameters must hold 3 numbers .*\(1,1\); got 4"):
        Kernel(3, (1, 2, 3, 4))
    with pytest.raises(ValueError, match="standard_errors must hold 3 numbers"):
        Kernel(3, (1, 2, 3), standard_errors=(1, 2))


def test_parameters_are_a_sequence():
    with pytest.raises(TypeError, match="parameters must be a sequence, got float"):
        Kernel(1, 0.5)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_parameters_are_finite(value):
    with pytest.raises(ValueError, match=r"parameters\[1,0\] must be finite"):
        Kernel(3, (1, value, 3))


@pytest.mark.parametrize("value", ["1", None, True, 1j])
def test_parameters_are_numbers(value):
    with pytest.raises(TypeError, match=r"parameters\[0,0\] must be a real number"):
        Kernel(3, (value, 2, 3))


def test_standard_errors_are_not_negative():
    with pytest.raises(ValueError, match=r"standard_errors\[0,0\] must be at least 0"):
        Kernel(1, (1,), standard_errors=(-1,))


def test_provenance_is_a_dict():
    with pytest.raises(TypeError, match="provenance must be a dict, got str"):
        Kernel(1, (1,), provenance="a paper")


def test_asymmetric_window_is_refused():
    with pytest.raises(
        ValueError, match=r"window must be symmetric, got entries that differ by 0.1"
    ):
        Kernel.from_window([[1, 0.5], [0.6, 0.2]])


@pytest.mark.parametrize("window", [[1, 2], [[1, 2, 3], [2, 3, 4]], np.empty((0, 0))])
def test_window_is_square(window):
    with pytest.raises(ValueError, match="window must be a square matrix"):
        Kernel.from_window(window)


def test_window_is_finite():
    with pytest.raises(ValueError, match="window must hold finite numbers"):
        Kernel.from_window([[np.nan]])


# Files


def test_bundled_kernels():
    names = Kernel.names()
    assert {"k3-released", "k3-released-128", "k5-released"} <= set(names)
    for name in names:
        kernel = Kernel.load(name)
        assert kernel.provenance["training_lattice"] in (4, 32, 128)
        assert "source" in kernel.provenance
    np.testing.assert_allclose(
        Kernel.load("k3-released").window, [[0.80034, 0.290253], [0.290253, 0.143286]], atol=1e-6
    )


def test_file_round_trip(tmp_path):
    path = tmp_path / "mine.json"
    kernel = Kernel(3, (0.1, 1 / 3, -2e-17), (0.01, 0.02, 0.03), {"source": "Rançon", "seed": 4})
    kernel.save(path)
    for again in (Kernel.load(path), Kernel.load(str(path))):
        assert again == kernel
        assert again.standard_errors == kernel.standard_errors
        assert again.provenance == kernel.provenance
    assert list(json.loads(path.read_text())["parameters"]) == ["0,0", "1,0", "1,1"]


def test_relative_path_needs_a_suffix_or_a_separator(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    K3.save("k3-released.json")
    assert Kernel.load("k3-released.json") == K3  # the file here, not the bundled one
    (tmp_path / "plain").write_text((tmp_path / "k3-released.json").read_text())
    assert Kernel.load("./plain") == K3


def test_unknown_name_lists_the_known():
    with pytest.raises(ValueError, match=r"one of .*k3-released.*; got 'k4'"):
        Kernel.load("k4")


def test_name_is_text():
    with pytest.raises(TypeError, match="name_or_path must be a name or a path, got int"):
        Kernel.load(3)


def test_missing_file(tmp_path):
    with pytest.raises(ValueError, match=r"kernel file .*gone\.json cannot be read: No such file"):
        Kernel.load(tmp_path / "gone.json")


GOOD = {
    "format": "inverse_rg kernel",
    "version": 1,
    "size": 3,
    "convention": "",
    "parameters": {"0,0": 1.0, "1,0": 2.0, "1,1": 3.0},
    "provenance": {},
}
WRONG = [
    ({"format": "something else"}, "its format must be"),
    ({"version": 2}, "its version must be 1, got 2"),
    ({"size": 4}, "size must be odd"),
    ({"size": None}, "size must be an integer"),
    ({"parameters": {"0,0": 1.0, "1,0": 2.0}}, "missing: 1,1"),
    ({"parameters": {**GOOD["parameters"], "2,0": 1.0}}, "unknown: 2,0"),
    (
        {"parameters": {**GOOD["parameters"], "1,1": "3"}},
        r"parameters\[1,1\] must be a real number",
    ),
    ({"parameters": {**GOOD["parameters"], "1,1": float("nan")}}, "must be finite"),
    ({"parameters": [1, 2, 3]}, "parameters must map offset classes to numbers"),
    ({"standard_errors": {"0,0": 1.0}}, "standard_errors must be keyed by"),
    ({"provenance": "nobody"}, "provenance must be a dict"),
]


@pytest.mark.parametrize(("change", "trouble"), WRONG)
def test_wrong_file_is_named(tmp_path, change, trouble):
    path = tmp_path / "bad.json"
    path.write_text(json.dumps({**GOOD, **change}))
    with pytest.raises(ValueError, match=rf"kernel file .*bad\.json is not usable: .*{trouble}"):
        Kernel.load(path)


@pytest.mark.parametrize(
    "data", [b"", b'{"format": "inverse_rg ker', b"\xff\xfe\x00", b"\x00" * 64]
)
def test_corrupt_file_is_named(tmp_path, data):
    path = tmp_path / "bad.json"
    path.write_bytes(data)
    with pytest.raises(ValueError, match=r"kernel file .*bad\.json is not valid JSON"):
        Kernel.load(path)


def test_json_list_is_not_a_kernel(tmp_path):
    (tmp_path / "list.json").write_text("[1, 2]")
    with pytest.raises(ValueError, match=r"list\.json is not usable: its format"):
        Kernel.load(tmp_path / "list.json")


def test_unwritable_output_leaves_nothing(tmp_path):
    with pytest.raises(OSError, match=r"cannot write .*nowhere"):
        K3.save(tmp_path / "nowhere" / "k.json")
    with pytest.raises(TypeError, match="not JSON serializable"):
        Kernel(1, (1,), provenance={"rng": object()}).save(tmp_path / "k.json")
    assert list(tmp_path.iterdir()) == []


# Guards of field; what it computes is in tests/exact/test_field.py


def test_field_wants_a_kernel():
    with pytest.raises(TypeError, match="kernel must be a Kernel, got ndarray"):
        field(K3.matrix, np.ones((1, 2, 2)))


@pytest.mark.parametrize("shape", [(2, 2), (1, 2, 3), (0, 2, 2), (1, 0, 0)])
def test_field_wants_square_lattices(shape):
    with pytest.raises(ValueError, match=r"coarse must have shape \(n, L, L\)"):
        field(K3, np.ones(shape))


@pytest.mark.parametrize("value", [0, 2, np.nan])
def test_field_wants_spins(value):
    with pytest.raises(ValueError, match=r"coarse must hold only \+1 and -1"):
        field(K3, np.full((1, 2, 2), value))
