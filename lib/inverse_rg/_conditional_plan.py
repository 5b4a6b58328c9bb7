"""A conditional upscaler as a list of steps: numbers, lists and words, for any language."""

from __future__ import annotations

from typing import Any

from inverse_rg import _interactions

SITES = {"A": (0, 0), "D": (1, 1), "B": (0, 1), "C": (1, 0)}
"""The spins of a block, (row, column), in the order of a pass."""

CORNER = ((0, 0), (-1, 0), (0, -1), (1, 0), (0, 1), (-1, -1), (-1, 1), (1, -1), (1, 1))
DIAGONAL = ((0, 0), (0, 1), (1, 0), (1, 1))

NOTES = {
    "symmetry": (
        "turn the coarse lattice by one of the square's eight symmetries, drawn at random for each "
        "configuration, take the steps, and turn the fine lattice back"
    ),
    "start": "what the fine spins are before the first step: nothing, or copies of the coarse ones",
    "step": (
        "for the blocks (Y, X) named (even or odd: of Y + X) draw the spins (2Y + row, 2X + column)"
        " named by draw; the field h of each is the sum over sees of weight times the product of "
        "the spins at the sites: ['coarse', dY, dX] from the block, ['fine', dy, dx] from the "
        "spin, on the torus; leave out products that meet the spin itself"
    ),
    "rule": (
        "none: the spin s has weight exp(s h); majority: times p, where p is 0, 1/2 or 1 if less "
        "than, exactly or more than two of the block's four spins agree with the coarse one; with "
        "two spins the pair (s, t) has weight exp(s h + t k), or that times p"
    ),
}


def plan(upscaler) -> dict[str, Any]:
    """Return the steps of a `ConditionalUpscaler`; see there."""
    ordered = upscaler.corner is not None
    steps: list[dict[str, Any]] = []
    if ordered:
        steps += [_corner(upscaler.corner), _diagonal(upscaler.diagonal)]
        steps.append(_edges(upscaler.edge, "majority" if upscaler.majority else "none"))
    one_pass = [
        {
            "draw": [list(site)],
            "blocks": colour,
            "rule": "majority",
            "sees": [_heat_bath(upscaler.couplings)],
        }
        for site in SITES.values()
        for colour in ("even", "odd")
        if upscaler.passes
    ]
    return {
        "notes": NOTES,
        "symmetry": "random",
        "start": "nothing" if ordered else "copies",
        "steps": steps,
        "pass": one_pass,
        "passes": upscaler.passes,
    }


def _step(draw, rule, *sees) -> dict[str, Any]:
    sites = [list(SITES[name]) for name in draw]
    return {"draw": sites, "blocks": "all", "rule": rule, "sees": list(sees)}


def _coarse(weight, *offsets) -> list:
    return [[weight, [["coarse", y, x]]] for y, x in offsets]


def _fine(weight, *offsets) -> list:
    return [[weight, [["fine", y, x]]] for y, x in offsets]


def _corner(w) -> dict[str, Any]:
    weights = (w[0], w[1], w[1], w[2], w[2], w[3], w[4], w[4], w[5])
    sees = [
        entry for weight, at in zip(weights, CORNER, strict=True) for entry in _coarse(weight, at)
    ]
    return _step("A", "none", sees)


def _diagonal(w) -> dict[str, Any]:
    sees = _coarse(w[0], (0, 0)) + _coarse(w[1], (0, 1), (1, 0)) + _coarse(w[2], (1, 1))
    sees += _fine(w[3], (-1, -1)) + _fine(w[4], (-1, 1), (1, -1)) + _fine(w[5], (1, 1))
    return _step("D", "none", sees)


def _edges(w, rule) -> dict[str, Any]:
    b = _fine(w[0], (0, -1), (1, 0)) + _fine(w[1], (0, 1), (-1, 0)) + _coarse(w[2], (0, 0))
    b += _coarse(w[3], (0, 1), (-1, 0)) + _coarse(w[4], (-1, 1))
    c = _fine(w[0], (-1, 0), (0, 1)) + _fine(w[1], (1, 0), (0, -1)) + _coarse(w[2], (0, 0))
    c += _coarse(w[3], (0, -1), (1, 0)) + _coarse(w[4], (1, -1))
    return _step("BC", rule, b, c)


def _heat_bath(couplings) -> list:
    return [
        [coupling, [["fine", y, x] for y, x in others]]
        for name, coupling in zip(_interactions.NAMES, couplings, strict=True)
        if coupling
        for others in _interactions.terms(name, 64)
    ]
