"""Campaign lists: what a TOML file may say."""

import pytest

import inverse_rg as irg
from inverse_rg import campaign


def test_the_papers_list():
    tasks = campaign.read("paper")
    assert {one.n for one in tasks} == {1_000_000}
    assert {one.ensemble.size for one in tasks} == {8, 16, 32, 64, 128}
    correlated = [one for one in tasks if one.measurement == "correlation"]
    assert len(correlated) == 2 * (1 + 6 + 3)  # two sides: Monte Carlo, from one spin, from 8
    tasks = [one for one in tasks if one not in correlated]
    ensembles = {one.name: one.ensemble for one in tasks}
    assert len(ensembles) == 5 + 2 * 4 * 6  # each kernel from one spin and from Monte Carlo
    k3, k7 = irg.Kernel.load("k3-weighted"), irg.Kernel.load("k7-weighted")
    assert ensembles["k7-weighted"] == irg.ensembles.paper_dream(k7, k3)
    assert ensembles["k7-from-8"] == irg.Dream(irg.Kernel.load("k7"), 128, irg.Ising(8))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a = ", "is not valid TOML"),
        ("a = 1", "keys of the file must be one of"),
        ("n = 200", r"must have a list of \[\[tasks\]\]"),
        ('[[tasks]]\nname = "a"', "task a: it must have n, seed"),
        ('[[tasks]]\nname = "a"\nn = 200\nseed = 1', "task a: it must have one of ising and dream"),
        ('[[tasks]]\nname = "a"\nn = 200\nseed = 1\nising = {}', "task a: ising must have size"),
        ('[[tasks]]\nname = "a"\nn = 200\nseed = 1\nising = 8', "ising must be a table like"),
        (
            '[[tasks]]\nname = "a"\nn = 200\nseed = 1\ndream = { kernel = "k99", size = 8 }',
            "task a: name_or_path must be",
        ),
        (
            '[[tasks]]\nname = "a"\nn = 200\nseed = 1\n'
            'dream = { kernel = "k3", first = "k3", size = 8, start = {} }',
            "first or start, not both",
        ),
        (
            '[[tasks]]\nname = "a"\nn = 200\nseed = 1\nising = { size = 8 }\n'
            '[[tasks]]\nname = "b"\nn = 200\nseed = 1\nising = { size = 4 }',
            "different seeds, a and b share 1",
        ),
    ],
)
def test_lists_in_files_that_are_refused(tmp_path, text, message):
    (tmp_path / "list.toml").write_text(text)
    with pytest.raises(ValueError, match=message):
        campaign.read(tmp_path / "list.toml")


def test_a_list_that_is_missing_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"none\.toml cannot be read: No such file"):
        campaign.read(tmp_path / "none.toml")


def test_the_list_of_the_renormalization_group():
    tasks = {one.name: one for one in campaign.read("renormalization")}
    sides = [one.ensemble.size for one in tasks.values() if isinstance(one.ensemble, irg.Ising)]
    assert sorted(sides) == [8, 16, 32, 64, 128, 256, 512]
    assert len(tasks) == 7 + 8 + 8
    first = irg.Kernel.load("k3-weighted")
    for name, task in tasks.items():
        parent = name.endswith("-parent")
        assert task.measurement == ("spectrum-parent" if parent else "spectrum")
        if not isinstance(task.ensemble, irg.Ising):
            kernel = irg.Kernel.load(name.removeprefix("rg-").removesuffix("-parent"))
            assert task.ensemble.kernel == kernel
            if name.startswith(("rg-k7-weighted", "rg-k5-weighted")):
                assert task.ensemble == irg.ensembles.paper_dream(kernel, first)


def test_unknown_lists_name_the_known_ones():
    with pytest.raises(ValueError, match=r"one of beyond, deeper, .*renormalization; got 'papers'"):
        irg.campaign.read("papers")


def test_the_command_line_names_every_list():
    from inverse_rg import cli_campaign

    (text,) = (part.help for part in cli_campaign.List.__metadata__)
    for path in irg._files.data_folder("campaigns").glob("*.toml"):
        assert path.stem in text


@pytest.mark.parametrize(
    "path", sorted(irg._files.data_folder("campaigns").glob("*.toml")), ids=lambda path: path.stem
)
def test_every_list_can_be_read_and_has_its_results(path):
    tasks = campaign.read(path.stem)
    stored = campaign.results()
    for task in tasks:
        assert stored[task.name].attrs["n"] == task.n, task.name
        assert stored[task.name].attrs["seed"] == str(task.seed), task.name
