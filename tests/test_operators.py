"""The products on the plaquette, their shapes and sectors, and their packed lattice sums."""

import json
from collections import Counter
from itertools import combinations

import numpy as np
import pytest

from inverse_rg import _covariance_sums, _operators, _sectors, mcrg
from inverse_rg._bits import pack_sites
from inverse_rg._packed_operators import product_sums

SIZES = [1, 2, 3, 4, 5, 8, 12, 31, 32, 33, 63, 64, 65, 70, 96, 128, 130, 192]
SQUARE = [name for name in mcrg.SECTORS if not name.endswith("paper")]


def random_spins(n, size, seed=1):
    return np.random.default_rng(seed).choice(np.array([-1, 1], np.int8), (n, size, size))


def plain_sums(spins, products=None):
    """The slow twin: rolled copies multiplied site by site."""
    spins = spins.astype(np.int64)
    rolled = [
        np.prod([np.roll(spins, (-y, -x), (1, 2)) for y, x in product], axis=0)
        for product in products or _operators.products()
    ]
    return np.stack([one.sum(axis=(1, 2)) for one in rolled], axis=1)


def values(spins, sector, row=0):
    """Return the functions of a sector on configurations, int (n, d)."""
    return product_sums(pack_sites(spins)) @ _sectors.by_name()[sector].coefficients[row]


def test_numbers_of_products_and_shapes():
    products = _operators.products()
    assert Counter(map(len, products)) == {1: 1, 2: 12, 3: 48, 4: 97}
    assert len(products) == len(set(products)) == 158
    spins = [len(products[shape[0]]) for shape in _operators.shapes()]
    assert spins == [1] + 5 * [2] + 10 * [3] + 20 * [4]
    assert sorted(sum(_operators.shapes(), ())) == list(range(158))


def test_products_are_all_choices_of_cells_up_to_translation():
    cells = [(y, x) for y in range(3) for x in range(3)]
    classes = set()
    for spins in range(1, 5):
        for chosen in combinations(cells, spins):
            first = chosen[0]  # relative to the first site: another representative
            classes.add(frozenset((y - first[0], x - first[1]) for y, x in chosen))
    assert len(classes) == 158


def test_shapes_are_orbits():
    for shape in mcrg.shapes():
        rotated = {_operators.normalise((x, -y) for y, x in product) for product in shape}
        reflected = {_operators.normalise((x, y) for y, x in product) for product in shape}
        assert rotated == reflected == set(shape)
        assert len(shape) in (1, 2, 4, 8)


def test_the_papers_list():
    listed = mcrg.shapes("paper")
    assert len(listed) == 36
    assert listed[16] == listed[32]
    assert len({one[0] for one in listed}) == 35
    shape_of = {product: s for s, shape in enumerate(mcrg.shapes()) for product in shape}
    met = {shape_of[one] for (one,) in listed}
    missing = [mcrg.shapes()[s] for s in sorted(set(range(36)) - met)]
    assert len(missing) == 1
    assert ((0, 0), (0, 1), (2, 0), (2, 2)) in missing[0]
    path = _operators.data_folder("paper") / "operators.json"
    assert "arXiv:2506.04016" in json.loads(path.read_text(encoding="utf-8"))["source"]


@pytest.mark.parametrize("size", SIZES)
def test_sums_equal_rolled_products(size):
    spins = random_spins(3, size, size)
    sums = product_sums(pack_sites(spins))
    assert sums.dtype == np.int64
    assert np.array_equal(sums, plain_sums(spins))


def test_sums_of_ordered_and_striped_lattices():
    up = np.ones((1, 6, 6), np.int8)
    assert (product_sums(pack_sites(up)) == 36).all()
    odd = np.array([len(product) % 2 for product in _operators.products()])
    assert np.array_equal(product_sums(pack_sites(-up))[0], np.where(odd, -36, 36))
    stripes = up.copy()
    stripes[:, 1::2] = -1
    products = _operators.products()
    expected = [0 if len(p) % 2 else 36 * (-1) ** sum(y for y, _ in p) for p in products]
    assert product_sums(pack_sites(stripes))[0].tolist() == expected


@pytest.mark.parametrize("size", [3, 5, 64])
def test_operators(size):
    spins = random_spins(4, size)
    square = mcrg.operators(spins)
    assert square.dtype == np.float64
    expected = [plain_sums(spins, shape).sum(axis=1) for shape in mcrg.shapes()]
    assert np.array_equal(square, np.stack(expected, axis=1))
    paper = mcrg.operators(spins, basis="paper")
    listed = [product for (product,) in mcrg.shapes("paper")]
    assert np.array_equal(paper, plain_sums(spins, listed))
    assert np.array_equal(paper[:, 16], paper[:, 32])
    assert np.array_equal(square[:, 0], spins.sum(axis=(1, 2)))


def test_guards_of_operators():
    with pytest.raises(ValueError, match=r"spins must have a side of at least 3.*got L = 2"):
        mcrg.operators(np.ones((1, 2, 2)))
    with pytest.raises(ValueError, match="spins must hold only"):
        mcrg.operators(np.zeros((1, 4, 4)))
    with pytest.raises(ValueError, match="basis must be one of 'square', 'paper', got 'triangle'"):
        mcrg.operators(np.ones((1, 4, 4)), basis="triangle")
    with pytest.raises(ValueError, match="basis must be one of"):
        mcrg.shapes("triangle")
    with pytest.raises(ValueError, match="sector must be one of 'odd A1'"):
        mcrg.functions("A1")


def test_dimensions_follow_from_characters():
    """Multiplicity of a representation: the mean of its characters times the fixed products."""
    characters = {**_sectors.CHARACTERS, "E": (2, 0, -2, 0, 0, 0, 0, 0)}
    number = np.arange(158)
    for parity, rest in (("odd", 1), ("even", 0)):
        these = np.array([len(product) % 2 == rest for product in _operators.products()])
        fixed = ((_operators.permutations() == number) & these).sum(axis=1)
        for irrep, character in characters.items():
            expected = int(np.dot(character, fixed)) // 8
            assert _sectors.by_name()[f"{parity} {irrep}"].dimension == expected
    assert [_sectors.by_name()[f"{p} A1"].dimension for p in ("odd", "even")] == [11, 25]


def test_functions_are_orthogonal_and_complete():
    columns = [c for name in SQUARE for c in _sectors.by_name()[name].coefficients]
    matrix = np.concatenate(columns, axis=1)
    assert matrix.shape == (158, 158)
    assert set(np.unique(matrix)) == {-1, 0, 1}
    gram = matrix.T @ matrix
    assert np.array_equal(gram, np.diag(np.diag(gram)))
    assert (np.diag(gram) > 0).all()


def test_functions_say_their_terms():
    found = mcrg.functions("even B1")
    assert found[0].shape == 1
    (one, along), (other, across) = found[0].terms
    assert (along, across) == (((0, 0), (0, 1)), ((0, 0), (1, 0)))
    assert (one, other) in ((1, -1), (-1, 1))
    assert [f.shape for f in mcrg.functions("odd A1")] == [0, *range(6, 16)]
    assert [f.shape for f in mcrg.functions("even A1")] == [*range(1, 6), *range(16, 36)]
    assert len(mcrg.functions("odd paper")) + len(mcrg.functions("even paper")) == 36


MOVES = {
    "reflected up down": (lambda s: s[:, ::-1, :], {"A1": 1, "A2": -1, "B1": 1, "B2": -1}),
    "reflected left right": (lambda s: s[:, :, ::-1], {"A1": 1, "A2": -1, "B1": 1, "B2": -1}),
    "transposed": (lambda s: s.transpose(0, 2, 1), {"A1": 1, "A2": -1, "B1": -1, "B2": 1}),
    "rotated": (lambda s: np.rot90(s, 1, (1, 2)), {"A1": 1, "A2": 1, "B1": -1, "B2": -1}),
}


@pytest.mark.parametrize("move", MOVES)
@pytest.mark.parametrize("parity", ["odd", "even"])
def test_functions_change_as_their_representation(move, parity):
    spins = random_spins(5, 10)
    act, signs = MOVES[move]
    moved = np.ascontiguousarray(act(spins))
    for irrep, sign in signs.items():
        name = f"{parity} {irrep}"
        before = values(spins, name)
        assert before.any()
        assert np.array_equal(values(moved, name), sign * before)
    one, two = (values(spins, f"{parity} E", row) for row in range(2))
    new = values(moved, f"{parity} E", 0)
    # Partners go into each other or change sign like the two components of a vector.
    expected = {
        "reflected up down": [one, -one],
        "reflected left right": [one, -one],
        "transposed": [two, -two],
        "rotated": [two, -two],
    }[move]
    assert any(np.array_equal(new, value) for value in expected)


def test_a_reflection_changes_one_partner_of_two():
    spins = random_spins(5, 10)
    flipped = np.ascontiguousarray(spins[:, ::-1])
    signs = []
    for row in range(2):
        before, after = values(spins, "odd E", row), values(flipped, "odd E", row)
        signs.append(1 if np.array_equal(before, after) else -1)
        assert np.array_equal(after, signs[-1] * before)
    assert sorted(signs) == [-1, 1]


@pytest.mark.parametrize("name", mcrg.SECTORS)
def test_the_flip_of_all_spins(name):
    spins = random_spins(5, 10)
    sign = -1 if name.startswith("odd") else 1
    assert np.array_equal(values(-spins, name), sign * values(spins, name))


@pytest.mark.parametrize("size", [2, 3, 4, 5, 6])
def test_what_is_independent_on_a_small_torus(size):
    """The rank by construction is that of the covariances of many random configurations."""
    spins = random_spins(400, size)
    for sector in _sectors.sectors():
        sampled = values(spins, sector.name)
        rank = np.linalg.matrix_rank(np.cov(sampled.T), hermitian=True, tol=1e-6)
        basis = _sectors.independent(sector, size)
        assert basis.shape == (sector.dimension, rank)
        if rank:
            assert np.linalg.matrix_rank(np.cov((sampled @ basis).T)) == rank


def test_the_plane_begins_at_five():
    classes = [len(set(_operators.distinct_on_torus(size))) for size in (2, 3, 4, 5, 6)]
    assert classes[3:] == [158, 158]
    assert max(classes[:3]) < 158
    # The same count without the shortcut for large tori.
    assert len(np.unique(product_sums(pack_sites(random_spins(200, 5))), axis=1).T) == 158


def test_combined_functions_and_their_products():
    sums = np.random.default_rng(3).integers(-(2**40), 2**40, (37, 158))
    layout = _covariance_sums.layout()
    padded = _covariance_sums.combine(sums)
    expected = np.concatenate(
        [sums @ c for sector in _sectors.sectors() for c in sector.coefficients], axis=1
    )
    assert np.array_equal(padded[:, layout.functions], expected)
    other = _covariance_sums.combine(np.roll(sums, 1, axis=0))
    found = _covariance_sums.product_sums(padded, other)[layout.squares]
    used = 0
    for sector in _sectors.sectors():
        first = [(sums @ c).astype(object) for c in sector.coefficients]
        second = [(np.roll(sums, 1, axis=0) @ c).astype(object) for c in sector.coefficients]
        exact = sum(x.T @ y for x, y in zip(first, second, strict=True)).ravel()
        part = found[used : used + exact.size]
        used += exact.size
        # Far beyond 64 bits the sums are still exact modulo 2^64.
        assert [int(value) % 2**64 for value in part] == [int(value) % 2**64 for value in exact]
    assert used == len(found)
