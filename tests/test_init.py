import subprocess
import sys

import pytest

import inverse_rg as irg


def modules_after(program: str) -> set[str]:
    """Return the packages that a fresh interpreter has loaded after `program`."""
    program += "\nimport sys\nprint(*sorted({name.partition('.')[0] for name in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def run_without(names: list[str], program: str) -> list[str]:
    """Run `program` where the packages `names` cannot be imported; return what it prints."""
    block = f"import sys\nfor name in {names!r}: sys.modules[name] = None\n"
    done = subprocess.run([sys.executable, "-c", block + program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.mark.parametrize("name", irg.__all__)
def test_every_public_name_is_there(name):
    assert getattr(irg, name) is not None
    assert name in dir(irg)


def test_the_public_interface():
    design = {
        "K_CRITICAL",
        "exact_energy",
        "exact_heat_capacity",
        "sample_ising",
        "block",
        "Kernel",
        "field",
        "count_patterns",
        "fit",
        "train",
        "dream",
        "Ising",
        "Dream",
        "measure",
    }
    assert design <= set(irg.__all__)
    assert len(set(irg.__all__)) == len(irg.__all__)
    for name in design - {"K_CRITICAL"}:
        assert callable(getattr(irg, name)), name


def test_public_names_have_docstrings():
    for name in irg.__all__:
        if name not in ("__version__", "K_CRITICAL"):
            assert getattr(irg, name).__doc__, name


def test_names_are_those_of_their_modules():
    from inverse_rg.dreaming import dream
    from inverse_rg.ensembles import Dream

    assert irg.dream is dream
    assert irg.Dream is Dream
    assert irg.kernels.Kernel is irg.Kernel


def test_unknown_names():
    with pytest.raises(AttributeError, match="'inverse_rg' has no attribute 'nonsense'"):
        irg.nonsense  # noqa: B018


def test_importing_is_light():
    loaded = modules_after("import inverse_rg")
    assert not loaded & {"torch", "numba", "numpy", "xarray", "pandas", "matplotlib", "typer"}


def test_sampling_and_dreaming_take_no_torch():
    program = """
import inverse_rg as irg
spins = irg.sample_ising(70, 4, rng=1)
irg.block(spins, rng=1)
irg.dream(irg.Kernel(3, (0.36, 0.15, 0.14)), 70, 4, rng=1)
irg.fit(irg.count_patterns(spins, window=1, rng=1), 1)
"""
    assert "torch" not in modules_after(program)


def test_measuring_takes_no_torch():
    program = """
import inverse_rg as irg
irg.measure([irg.Ising(16), irg.Dream(irg.Kernel(3, (0.36, 0.15, 0.14)), 8)], 128, rng=1)
"""
    assert "torch" not in modules_after(program)


def test_the_command_is_light_until_it_works():
    loaded = modules_after("import inverse_rg.cli")
    assert not loaded & {"torch", "numba", "xarray", "pandas", "matplotlib"}


def test_the_torch_path_takes_no_numba():
    program = """
import numpy as np
import inverse_rg as irg
from inverse_rg.models import SingleLayer
spins = np.random.default_rng(1).choice([-1, 1], (20, 4, 4))
model, history = irg.train(spins, SingleLayer(3), rng=1, epochs=2, device="cpu")
print(irg.dream(model, 5, 8, rng=1).shape, len(history.step))
"""
    absent = ["numba", "scipy", "xarray", "pandas", "matplotlib", "tqdm", "typer", "safetensors"]
    assert run_without(absent, program) == ["(5,", "8,", "8)", "2"]
    assert "numba" not in modules_after(program)


def test_reading_the_paper_takes_numpy_alone():
    program = "import inverse_rg as irg\nprint(len(irg.paper.table('II')))"
    assert run_without(["numba", "torch", "xarray", "pandas", "matplotlib"], program) == ["42"]


@pytest.mark.parametrize(
    ("missing", "wanted", "package"),
    [
        ("llvmlite", "inverse_rg.sample_ising", "numba"),
        ("xarray", "inverse_rg.measure", "xarray"),
    ],
)
def test_a_missing_package_is_named(missing, wanted, package):
    program = f"""
import inverse_rg
try:
    {wanted}
except ModuleNotFoundError as error:
    print(error)
"""
    said = " ".join(run_without([missing], program))
    assert said.startswith(f"{wanted} needs the package {package}, which is not installed here")


def test_saving_a_model_names_the_package_that_is_missing():
    program = """
from inverse_rg.models import SingleLayer, TwoLayer
for model in (SingleLayer(3), TwoLayer(3, rng=1)):
    try:
        model.save("model.safetensors")
    except ModuleNotFoundError as error:
        print(error)
"""
    said = " ".join(run_without(["safetensors"], program))
    assert said.count("file needs the package safetensors, which is not installed here") == 2
