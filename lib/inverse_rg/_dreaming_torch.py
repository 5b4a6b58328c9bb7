"""Upscaling in torch, on any device: the field of a module, then one draw a spin."""

from __future__ import annotations

import copy

import numpy as np
import torch

from inverse_rg import _device_draw
from inverse_rg._device import choose_device


def upscaler(kernel_or_model, device):
    """Return ``upscale(coarse, levels, stream)`` that draws with torch."""
    from inverse_rg.conditional import ConditionalUpscaler
    from inverse_rg.models import ConditionalLayer, SingleLayer

    model = kernel_or_model
    if hasattr(model, "table"):
        raise TypeError("a FieldTable draws in Numba: leave out device, or measure_moments it")
    if isinstance(model, ConditionalUpscaler):
        model = ConditionalLayer(model)
    elif not isinstance(model, torch.nn.Module):
        model = SingleLayer(kernel_or_model)
    if device is not None:
        # A copy: the caller's model stays where it is.
        model = copy.deepcopy(model).to(choose_device(device))
    parameters = list(model.parameters())
    if not all(bool(torch.isfinite(parameter).all()) for parameter in parameters):
        raise ValueError("kernel_or_model must have finite parameters, got nan or inf in them")
    where = parameters[0].device if parameters else torch.device("cpu")

    def upscale(coarse: np.ndarray, levels: int, stream) -> list[np.ndarray]:
        generator = torch.Generator(where)
        generator.manual_seed(int(stream.generate_state(1, np.uint64)[0] >> np.uint64(1)))
        lattices = [coarse]
        spins = torch.tensor(coarse, device=where)
        for _ in range(levels):
            spins = _fine(model, spins, generator)
            lattices.append(spins.cpu().numpy())
        return lattices

    return upscale


@torch.no_grad()
def _fine(model, coarse: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Draw fine spins as the model does, or by Eq. (9) if it only gives a field."""
    if not hasattr(model, "draw"):
        return draw(model, coarse, generator)
    fine = model.draw(coarse, generator)
    n, side, _ = coarse.shape
    if tuple(fine.shape) != (n, 2 * side, 2 * side) or fine.dtype != torch.int8:
        raise ValueError(
            f"kernel_or_model must draw fine spins {(n, 2 * side, 2 * side)} in int8, got "
            f"{tuple(fine.shape)} in {fine.dtype}"
        )
    return fine


@torch.no_grad()
def draw(model, coarse: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Draw fine spins, int8 (n, 2H, 2H), from coarse ones, int8 (n, H, H), by Eq. (9).

    In float32 a probability is off by less than 1e-7, far below what 1e9 draws can resolve.
    """
    dtype = next((parameter.dtype for parameter in model.parameters()), torch.float32)
    field = _device_draw.field_in_chunks(model, coarse, dtype)
    n, side, _ = coarse.shape
    if tuple(field.shape) != (n, 2 * side, 2 * side):
        raise ValueError(
            f"kernel_or_model must map coarse spins {tuple(coarse.shape)} to fields "
            f"{(n, 2 * side, 2 * side)}, got fields of shape {tuple(field.shape)}"
        )
    # Numbers and probabilities of 16 bits would be too coarse: rare spins would never flip.
    field = field if dtype == torch.float64 else field.float()
    uniform = torch.rand(field.shape, generator=generator, device=field.device, dtype=field.dtype)
    return torch.where(uniform < torch.sigmoid(2 * field), 1, -1).to(torch.int8)
