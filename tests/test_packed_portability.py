"""The packed kernels give the same bits on a processor without any vector extension."""

import hashlib
import json
import os
import subprocess
import sys

import numpy as np
import pytest

from inverse_rg import _bits, _packed_blocking, _packed_dreaming, _packed_observables
from inverse_rg._covariance_sums import combine, product_sums
from inverse_rg._packed_operators import product_sums as operator_sums
from inverse_rg._packed_sampling import sample_sites


def digest(*arrays):
    return hashlib.sha256(b"".join(np.ascontiguousarray(a).tobytes() for a in arrays)).hexdigest()


def results():
    """Return a digest of the results of every packed kernel, from fixed states."""
    state = np.random.SeedSequence(1).generate_state(4, np.uint64)
    found = {}
    starts = _packed_dreaming.random_start(2, state)
    steps = np.arange(4)
    window = 0.8 * 0.37 ** (steps[:, None] + steps)
    found["sums"] = digest(*_packed_dreaming.dream_sums(starts, [window[:2, :2]] * 6, state))
    lattices = _packed_dreaming.grow(starts[0], [window] * 6, state)
    found["grow"] = digest(*lattices)
    lattice = lattices[-1]
    found["observables"] = digest(*_packed_observables.magnetisation_energy(lattice))
    found["blocking"] = digest(_packed_blocking.block_replicas(lattice[None], state))
    for size in (8, 64, 128):
        sites = sample_sites(20, size, 0.44, 2, 10, state)
        sums = _packed_observables.site_magnetisation_energy(sites)
        blocked = _packed_blocking.block_sites(sites, state)
        ties = _packed_blocking.count_ties_sites(sites)
        found[f"sampling {size}"] = digest(sites, *sums, blocked, ties)
        functions = [combine(operator_sums(lattice)) for lattice in (sites, blocked)]
        found[f"operators {size}"] = digest(*functions, product_sums(functions[1], functions[0]))
    spins = _bits.unpack_replicas(lattice[None])
    found["forms"] = digest(spins, _bits.pack_sites(spins), _bits.pack_replicas(spins))
    return found


@pytest.mark.slow  # compiles all kernels once more, for the other processor
def test_same_bits_on_a_generic_processor():
    # Numba's own settings choose the target; "generic" has SSE2 on x86 and NEON on ARM.
    environment = os.environ | {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": ""}
    process = subprocess.run(
        [sys.executable, __file__], env=environment, capture_output=True, text=True, check=False
    )
    assert process.returncode == 0, process.stderr
    assert json.loads(process.stdout) == results()


if __name__ == "__main__":
    print(json.dumps(results()))
