"""Dreaming up scale invariance: an executable twin of arXiv:2506.04016.

``import inverse_rg as irg`` is light: each name is loaded from its module when it is first used,
so that sampling never imports torch, and the torch path never imports Numba.
"""

from __future__ import annotations

from inverse_rg import _optional

__version__ = "0.1.0"

_HOME = {
    "K_CRITICAL": "ising",
    "exact_energy": "ising",
    "exact_heat_capacity": "ising",
    "sample_ising": "swendsen_wang",
    "block": "blocking",
    "Kernel": "kernels",
    "field": "kernels",
    "count_patterns": "optimum",
    "fit": "optimum",
    "train": "training",
    "dream": "dreaming",
    "Ising": "ensembles",
    "Dream": "ensembles",
    "measure": "measurement",
}
"""Which module each public name lives in."""

_MODULES = (
    "autocorrelation",
    "blocking",
    "campaign",
    "conditional",
    "conditional_models",
    "correlations",
    "descent",
    "device_measurement",
    "dreaming",
    "ensembles",
    "explorers",
    "exact_exponents",
    "exact_moments",
    "exact_patterns",
    "figures",
    "figures_rsrg",
    "ising",
    "kernels",
    "mcrg",
    "measurement",
    "models",
    "neighbourhoods",
    "observables",
    "optimum",
    "paper",
    "patterns",
    "parameters",
    "repeats",
    "results",
    "scaling",
    "spins",
    "statistics",
    "stored_exponents",
    "swendsen_wang",
    "tables",
    "training",
    "training_by_counts",
    "universe",
    "widgets",
    "wide_optimum",
)

__all__ = [*_HOME, *_MODULES, "__version__"]


def __getattr__(name: str):
    if name in _HOME:
        module = _optional.load(f"{__name__}.{_HOME[name]}", f"inverse_rg.{name}")
        return getattr(module, name)
    if name in _MODULES:
        return _optional.load(f"{__name__}.{name}", f"inverse_rg.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
