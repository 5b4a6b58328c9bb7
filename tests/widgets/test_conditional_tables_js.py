"""Conditional upscalers in JavaScript: every probability against the step list of `plan`."""

import numpy as np
import pytest

from inverse_rg import _interactions, _packed_symmetry
from inverse_rg.conditional import ConditionalUpscaler

UNIT = 65536

CORNER = (0.8, 0.3, -0.05, 0.15, 0.05, -0.1)
DIAGONAL = (1.1, 0.2, 0.05, -0.45, 0.1, 0.25)
EDGE = (0.35, 0.4, 0.1, 0.05, -0.1)
COUPLINGS = (0.35, 0.08, -0.03, -0.01, -0.03, 0.02, -0.015, 0.01, -0.01)
NEAR = (0.35, 0.08, 0.0, 0.0, -0.03, 0.0, 0.0, 0.0, 0.0)

FAR_PASS = ConditionalUpscaler(couplings=COUPLINGS, passes=1)
NEAR_PASS = ConditionalUpscaler(couplings=NEAR, passes=1)
ORDERED = ConditionalUpscaler(CORNER, DIAGONAL, EDGE)
WITHOUT_RULE = ConditionalUpscaler(CORNER, DIAGONAL, (0.1, 0.4, 0.6, 0.05, -0.1), majority=False)

SITES = ((0, 0), (1, 1), (0, 1), (1, 0))


def majority(total):
    """Return P(mu = + | sum of the four spins)."""
    return np.clip(0.5 + total / 4, 0, 1)


def up_probability(field, rest, coarse, rule=True):
    """Return P(up) of a spin, nan where the rule allows neither; `rest`: sum of the other three."""
    up, down = np.exp(field), np.exp(-field)
    if rule:
        up, down = up * majority(coarse * (rest + 1)), down * majority(coarse * (rest - 1))
    norm = up + down
    return np.divide(up, norm, out=np.full(np.shape(norm), np.nan), where=norm > 0)


def are_thresholds(found, probability):
    """Return whether whole numbers are the whole parts of 65536 p, give or take rounding."""
    low, high = (np.floor(UNIT * probability + shift) for shift in (-1e-7, 1e-7))
    return ((np.minimum(low, UNIT - 1) <= found) & (found <= np.maximum(high, 0))).all()


@pytest.mark.parametrize("size", [2, 4, 64])
def test_interactions_are_those_of_the_package(size, javascript):
    body = """return conditional_tables.INTERACTIONS.map(
      (name) => [name, conditional_tables.interactionTerms(name, args.size)]);"""
    found = dict(javascript(["conditional-tables"], body, size=size))
    assert tuple(found) == _interactions.NAMES
    for name, terms in found.items():
        ours = sorted(sorted(map(tuple, term)) for term in terms)
        assert ours == sorted(sorted(term) for term in _interactions.terms(name, size))


TABLES = """
const { passing } = conditional_tables.conditionalTables(args.upscaler, args.size);
const finite = (value) => (Number.isFinite(value) ? value : 1e30); // JSON has no infinity
const numbers = ([name, table]) => [name, [...table].map(finite)];
return Object.fromEntries(Object.entries(passing).map(numbers));
"""


def pass_probabilities(javascript, upscaler, size):
    """Return P(up) of the page, and of the plan: two lists by site and coarse spin, over patterns.

    The patterns are all of the spins of rows -1 to 1 and columns -1 to 1, and those two steps away
    in one direction and up to one in the other, the spin itself being up.
    """
    given = javascript(["conditional-tables"], TABLES, upscaler=upscaler.describe(), size=size)
    tables = {name: np.array(table) for name, table in given.items()}
    far = "tall" in tables
    near = [(y, x) for x in (-1, 0, 1) for y in (-1, 0, 1) if (y, x) != (0, 0)]
    seen = near + [(y, x) for y in (-2, 2) for x in (-1, 0, 1)] * far
    seen += [(y, x) for x in (-2, 2) for y in (-1, 0, 1)] * far
    number = np.arange(1 << len(seen))
    bits = {place: (number >> i) & 1 for i, place in enumerate(seen)} | {(0, 0): 1}

    def index(rows, columns):
        places = [(y, x) for x in columns for y in rows]
        return sum(bits[place] << i for i, place in enumerate(places))

    inner = index((-1, 0, 1), (-1, 0, 1))
    if far:
        ratio = tables["tall"][index(range(-2, 3), (-1, 0, 1))]
        ratio = ratio * tables["wide"][index((-1, 0, 1), range(-2, 3))]
    spins = {place: 2.0 * bit - 1 for place, bit in bits.items()}
    ours, theirs = [], []
    for place, (row, column) in enumerate(SITES):
        (sees,) = upscaler.plan()["pass"][2 * place]["sees"]
        field = 0.0
        for weight, sites in sees:
            if not any(dy % size == dx % size == 0 for _, dy, dx in sites):
                field = field + weight * np.prod([spins[dy, dx] for _, dy, dx in sites], axis=0)
        y, x = (-1 if row else 1), (-1 if column else 1)
        rest = spins[y, 0] + spins[0, x] + spins[y, x]
        for coarse in (0, 1):
            entry = 1024 * place + 512 * coarse + inner
            if far:
                ours.append(1 / (1 + ratio * tables["rule"][entry]))
            else:
                ours.append((tables["whole"][entry] + tables["fraction"][entry]) / UNIT)
            theirs.append(up_probability(field, rest, 2 * coarse - 1))
    return ours, theirs


@pytest.mark.parametrize("size", [2, 64])
@pytest.mark.parametrize("upscaler", [FAR_PASS, NEAR_PASS], ids=["far", "near"])
def test_the_probability_of_every_neighbourhood(upscaler, size, javascript):
    ours, theirs = pass_probabilities(javascript, upscaler, size)
    assert len(ours) == len(theirs) == 8
    assert ours[0].size == (1 << 20 if upscaler is FAR_PASS else 1 << 8)
    for one, other in zip(ours, theirs, strict=True):
        possible = ~np.isnan(other)
        assert possible.mean() == pytest.approx(7 / 8)  # not: all three against the coarse spin
        np.testing.assert_allclose(one[possible], other[possible], rtol=0, atol=1e-12)


def test_a_wrong_coupling_is_found(javascript):
    wrong = ConditionalUpscaler(couplings=(*COUPLINGS[:-1], 1.01 * COUPLINGS[-1]), passes=1)
    ours, _ = pass_probabilities(javascript, wrong, 64)
    _, theirs = pass_probabilities(javascript, FAR_PASS, 64)
    assert np.nanmax(abs(ours[0] - theirs[0])) > 1e-5


ORDER = """
const { order } = conditional_tables.conditionalTables(args.upscaler, 8);
const up = ({ whole, fraction }) => Array.from(whole, (value, i) => (value + fraction[i]) / 65536);
const edge = Array.from(order.edge, (ratio) => 1 / (1 + ratio));
return [up(order.corner), up(order.diagonal), edge, [...order.rule]];
"""


def test_the_probabilities_of_draws_in_order(javascript):
    *found, rule = javascript(["conditional-tables"], ORDER, upscaler=ORDERED.describe())
    # The spins in the order in which the page's patterns hold them, as sites of the plan.
    near = [(0, 0), (-1, 0), (0, -1), (1, 0), (0, 1), (-1, -1), (-1, 1), (1, -1), (1, 1)]
    corner = [("coarse", *place) for place in near]
    diagonal = [("coarse", *place) for place in ((0, 0), (0, 1), (1, 0), (1, 1))]
    diagonal += [("fine", *place) for place in ((-1, -1), (-1, 1), (1, -1), (1, 1))]
    b = [("fine", *place) for place in ((0, -1), (1, 0), (0, 1), (-1, 0))]
    b += [("coarse", *place) for place in ((0, 0), (0, 1), (-1, 0), (-1, 1))]
    c = [("fine", *place) for place in ((-1, 0), (0, 1), (1, 0), (0, -1))]
    c += [("coarse", *place) for place in ((0, 0), (0, -1), (1, 0), (1, -1))]
    steps = ORDERED.plan()["steps"]
    checks = zip((0, 1, 2, 2), (corner, diagonal, b, c), (0, 1, 2, 2), (0, 0, 0, 1), strict=True)
    for step, order, table, draw in checks:
        number = np.arange(1 << len(order))
        weights = {tuple(site): weight for weight, (site,) in steps[step]["sees"][draw]}
        assert sorted(weights) == sorted(order)
        field = sum(weights[s] * (2.0 * (number >> i & 1) - 1) for i, s in enumerate(order))
        expected = 1 / (1 + np.exp(-2 * field))
        np.testing.assert_allclose(found[table], expected, rtol=0, atol=1e-12)
    ups = np.arange(5)
    assert rule == [*majority(-(2 * ups - 4)), *majority(2 * ups - 4)]
    *_, free = javascript(["conditional-tables"], ORDER, upscaler=WITHOUT_RULE.describe())
    assert free == [1] * 10


HALF_STEP = """
// The generator is a stub: in 16 rounds each spin is asked whether it is up for digits that close
// in on its probability. So the whole path from lattice to spin is inverted.
const { passing } = conditional_tables.conditionalTables(args.upscaler, 2 * args.side);
const [row, column] = conditional_tables.SITES[args.site];
const places = [];
for (let y = 0; y < args.side; y++) for (let x = (y + args.colour) % 2; x < args.side; x += 2) {
  places.push(2 * args.side * (2 * y + row) + 2 * x + column);
}
let low = places.map(() => 0);
for (let bit = 32768; bit >= 1; bit /= 2) {
  const fine = Uint8Array.from(args.fine);
  const stub = {
    fill: (words) => new Uint16Array(words.buffer).set(low.map((value) => value + bit - 1)),
    nextU32: () => (low[0] + bit - 1) * 65536,
  };
  const coarse = Uint8Array.from(args.coarse);
  const never = { nextFloat: () => 1 };
  conditional.drawColour(passing, coarse, fine, args.side, args.site, args.colour, stub, never);
  fine.forEach((spin, i) => {
    if (!places.includes(i) && spin !== args.fine[i]) throw new Error(`spin ${i} was changed`);
  });
  low = low.map((value, i) => value + bit * fine[places[i]]);
}
return [places, low];
"""


@pytest.mark.parametrize("side", [1, 2, 4, 6])
@pytest.mark.parametrize("upscaler", [FAR_PASS, NEAR_PASS], ids=["far", "near"])
def test_a_pass_sees_what_the_plan_says(upscaler, side, javascript):
    rng = np.random.default_rng([side, len(upscaler.plan()["pass"])])
    coarse = rng.choice([-1, 1], (side, side))
    fine = rng.choice([-1, 1], (2 * side, 2 * side))
    spins = {"coarse": (coarse > 0).ravel().tolist(), "fine": (fine > 0).ravel().tolist()}
    spins = {name: [int(up) for up in ups] for name, ups in spins.items()}
    size, compared = 2 * side, 0
    for site, (row, column) in enumerate(SITES):
        (sees,) = upscaler.plan()["pass"][2 * site]["sees"]
        field = np.zeros(fine.shape)
        for weight, sites in sees:
            if not any(dy % size == dx % size == 0 for _, dy, dx in sites):
                rolled = [np.roll(fine, (-dy, -dx), (0, 1)) for _, dy, dx in sites]
                field += weight * np.prod(rolled, axis=0)
        blocks = fine.reshape(side, 2, side, 2).sum(axis=(1, 3))
        rest = blocks - fine[row::2, column::2]
        expected = up_probability(field[row::2, column::2], rest, coarse)
        expected = np.where(np.isnan(expected), coarse > 0, expected)  # the coarse spin's side
        for colour in (0, 1) if side > 1 else (0,):
            modules, where = ["conditional", "conditional-tables"], {"site": site, "colour": colour}
            options = {"upscaler": upscaler.describe(), "side": side, **where, **spins}
            places, found = javascript(modules, HALF_STEP, **options)
            y, x = np.divmod(places, size)
            assert ((y // 2 + x // 2) % 2 == colour).all()
            assert are_thresholds(found, expected[y // 2, x // 2])
            compared += len(found)
    assert compared == size**2


IN_ORDER = """
// Digits that are given stay; those that are null close in on the probability.
const { order } = conditional_tables.conditionalTables(args.upscaler, 2 * args.side);
let low = args.digits.map((digit) => digit ?? 0);
const coarse = Uint8Array.from(args.coarse);
const isOpen = (i) => args.digits[i] === null;
let fine;
for (let bit = 32768; bit >= 1; bit /= 2) {
  const tried = low.map((value, i) => (isOpen(i) ? value + bit - 1 : value));
  const stub = { fill: (words) => new Uint16Array(words.buffer).set(tried) };
  fine = conditional_order.drawInOrder(order, coarse, args.side, stub, { nextFloat: () => 1 });
  low = low.map((value, i) => (isOpen(i) ? value + bit * fine[args.places[i]] : value));
}
return [low, [...fine]];
"""


@pytest.mark.parametrize("side", [1, 2, 3, 8])
@pytest.mark.parametrize("upscaler", [ORDERED, WITHOUT_RULE], ids=["rule", "no rule"])
def test_draws_in_order_see_what_the_plan_says(upscaler, side, javascript):
    """The thresholds of A, then D, then B, then C given B, those before drawn at random."""
    rng = np.random.default_rng(side)
    coarse = rng.choice([-1, 1], (side, side))
    size, blocks = 2 * side, [(y, x) for y in range(side) for x in range(side)]
    corners = np.array([2 * y * size + 2 * x for y, x in blocks])
    a, d, b, c = (corners + row * size + column for row, column in SITES)
    places = np.array([*a, *d, *(place for pair in zip(b, c, strict=True) for place in pair)])
    coins = 65535 * rng.integers(0, 2, len(places))  # the digit 0 draws up, 65535 down
    n = side**2
    kinds = {"A": slice(0, n), "D": slice(n, 2 * n), "B": slice(2 * n, None, 2)}
    kinds["C"] = slice(2 * n + 1, None, 2)
    for kind, which in kinds.items():
        digits = coins.astype(object)
        digits[which] = None
        found, drawn = javascript(
            ["conditional-order", "conditional-tables"],
            IN_ORDER,
            upscaler=upscaler.describe(),
            side=side,
            coarse=(coarse > 0).astype(int).ravel().tolist(),
            places=places.tolist(),
            digits=[None if digit is None else int(digit) for digit in digits],
        )
        fine = 2 * np.array(drawn).reshape(size, size) - 1
        expected = in_order(upscaler, kind, fine, coarse)
        assert are_thresholds(np.array(found)[which], expected.ravel()), kind


def in_order(upscaler, kind, fine, coarse):
    """Return P(up) of every spin of a kind, (side, side), given `fine` before it."""
    steps = upscaler.plan()["steps"]

    def field(sees, row, column):
        total = np.zeros(coarse.shape)
        for weight, ((layer, dy, dx),) in sees:
            if layer == "coarse":
                total += weight * np.roll(coarse, (-dy, -dx), (0, 1))
            else:
                total += weight * np.roll(fine, (-dy, -dx), (0, 1))[row::2, column::2]
        return total

    if kind in "AD":
        row = "AD".index(kind)
        return up_probability(field(steps[row]["sees"][0], row, row), 0, 1, rule=False)
    of_b, of_c = steps[2]["sees"]
    h, k = field(of_b, 0, 1), field(of_c, 1, 0)
    rule = steps[2]["rule"] == "majority"
    ends = fine[::2, ::2] + fine[1::2, 1::2]
    weight = {
        (s, t): np.exp(s * h + t * k) * (majority(coarse * (ends + s + t)) if rule else 1.0)
        for s in (-1, 1)
        for t in (-1, 1)
    }
    if kind == "B":
        return (weight[1, 1] + weight[1, -1]) / sum(weight.values())
    b_up = fine[::2, 1::2] > 0
    up, down = (np.where(b_up, weight[1, t], weight[-1, t]) for t in (1, -1))
    return up / (up + down)


def test_symmetries_are_those_of_the_package(javascript):
    spins = np.random.default_rng(4).integers(0, 2, (6, 6))
    body = """return [0, 1, 2, 3, 4, 5, 6, 7].map((symmetry) => {
      const image = conditional.turnLattice(Uint8Array.from(args.spins), 6, symmetry);
      const back = conditional.turnLattice(image, 6, conditional.inverseSymmetry(symmetry));
      return [[...image], [...back]];
    });"""
    found = javascript(["conditional"], body, spins=spins.ravel().tolist())
    for (image, back), expected in zip(found, _packed_symmetry.symmetries(spins), strict=True):
        assert np.array_equal(np.reshape(image, (6, 6)), expected)
        assert np.array_equal(np.reshape(back, (6, 6)), spins)


def test_a_side_without_a_checkerboard_is_refused(javascript):
    body = """
    try { conditional.upscaleConditional(args.upscaler, new Uint8Array(9), 3); }
    catch (error) { return error.message; }
    """
    message = javascript(["conditional"], body, upscaler=NEAR_PASS.describe())
    assert "the side must be 1 or even" in message
