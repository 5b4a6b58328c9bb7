"""The torch device that an option names."""

from __future__ import annotations

import torch


def choose_device(device) -> torch.device:
    """Return the torch device called `device`; None and "auto" are a GPU where there is one.

    Raises
    ------
    ValueError
        If torch does not know the device or cannot reach it.
    """
    if device is None or device == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        chosen = torch.device(device)
        torch.empty(1, device=chosen)
    except (RuntimeError, AssertionError, TypeError) as error:
        raise ValueError(f"device must be one that torch can use here, got {device!r}") from error
    return chosen
