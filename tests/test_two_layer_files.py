"""Files of two-layer networks: whole, and named when wrong."""

import numpy as np
import pytest
import torch
from safetensors.torch import save

from inverse_rg._network_files import FORMAT
from inverse_rg.models import TwoLayer


@pytest.mark.parametrize("symmetrised", [False, True])
def test_file_round_trip(tmp_path, symmetrised):
    model = TwoLayer(3, 4, symmetrised, rng=1)
    model.history = {"seed": 1, "losses": [0.3, 0.26]}
    model.save(tmp_path / "one.safetensors")
    again = TwoLayer.load(tmp_path / "one.safetensors")
    assert again.history == model.history
    assert repr(again) == repr(model)
    for mine, theirs in zip(model.parameters(), again.parameters(), strict=True):
        assert torch.equal(mine, theirs)


def test_bundled_networks_are_whole():
    assert TwoLayer.names()
    for name in TwoLayer.names():
        model = TwoLayer.load(name)
        assert f"two-layer-k{model.size}" in name
        assert model.symmetrised == ("symmetrised" in name)
        assert model.history["weighted"] == ("weighted" in name)
        assert 0.2 < model.history["validation_loss"] < 0.3


GOOD = {"format": FORMAT, "version": "1", "size": "3", "channels": "2", "symmetrised": "false"}
TENSORS = {"first": torch.ones(2, 3, 3), "bias": torch.ones(2), "second": torch.ones(2, 3, 3)}
WRONG = [
    ({}, {"format": "?"}, "its format must be"),
    ({}, {"version": "2"}, "its version must be '1', got '2'"),
    ({"third": torch.ones(1)}, {}, "must hold the tensors first, bias, second"),
    ({"bias": torch.ones(3)}, {}, r"its tensor bias must have shape \(2,\), got \(3,\)"),
    ({"bias": torch.tensor([1.0, np.nan])}, {}, "its tensor bias must hold finite"),
    ({"bias": torch.ones(2, dtype=torch.int8)}, {}, "its tensor bias must hold finite"),
    ({"bias": torch.ones(2).double()}, {}, "its tensors must have one dtype"),
    ({}, {"size": "x"}, "Expecting value"),
    ({}, {"symmetrised": "1"}, "symmetrised must be True or False"),
    ({}, {"history": "[]"}, "its history must be a table"),
]


@pytest.mark.parametrize(("tensors", "metadata", "trouble"), WRONG)
def test_wrong_file_is_named(tmp_path, tensors, metadata, trouble):
    (tmp_path / "bad.safetensors").write_bytes(save({**TENSORS, **tensors}, {**GOOD, **metadata}))
    with pytest.raises(ValueError, match=rf"network file .*bad.* is not usable: .*{trouble}"):
        TwoLayer.load(tmp_path / "bad.safetensors")


def test_missing_and_cut_files(tmp_path):
    with pytest.raises(ValueError, match=r"network file .*gone.* cannot be read"):
        TwoLayer.load(tmp_path / "gone.safetensors")
    TwoLayer(3, rng=1).save(tmp_path / "whole.safetensors")
    whole = (tmp_path / "whole.safetensors").read_bytes()
    (tmp_path / "cut.safetensors").write_bytes(whole[:-3])
    with pytest.raises(ValueError, match=r"network file .*cut.* cannot be read"):
        TwoLayer.load(tmp_path / "cut.safetensors")
    with pytest.raises(ValueError, match=r"name_or_path must be a path .*got 'k8'"):
        TwoLayer.load("k8")
    with pytest.raises(TypeError, match="name_or_path must be a name or a path, got int"):
        TwoLayer.load(3)
    with pytest.raises(OSError, match=r"cannot write .*nowhere"):
        TwoLayer(3, rng=1).save(tmp_path / "nowhere" / "one.safetensors")


# Guards
