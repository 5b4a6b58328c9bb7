"""What a benchmark ran on, without the machine's name or any path."""

from __future__ import annotations

import os
import platform
import re
from pathlib import Path

import llvmlite.binding
import numba
import numpy as np
import torch

import inverse_rg

FEATURES = {
    "SSE4.2": "sse4.2",
    "AVX2": "avx2",
    "AVX-512": "avx512f",
    "NEON": "neon",
    "SVE": "sve",
}
"""Vector instructions worth naming, and what LLVM calls them."""


def processor() -> str:
    """Return the processor's model name, as the operating system gives it."""
    information = Path("/proc/cpuinfo")
    if information.is_file():
        for line in information.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def describe() -> dict[str, object]:
    """Return the machine: processor, cores, vector instructions, memory-free and nameless."""
    present = llvmlite.binding.get_host_cpu_features()
    return {
        "processor": processor(),
        "architecture": platform.machine(),
        "system": platform.system(),
        "cores": os.cpu_count(),
        "features": [name for name, flag in FEATURES.items() if present.get(flag)],
        "llvm_target": llvmlite.binding.get_host_cpu_name(),
        "torch_threads": torch.get_num_threads(),
    }


def versions() -> dict[str, str]:
    """Return the versions of everything that a timing depends on."""
    return {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "numba": numba.__version__,
        "torch": torch.__version__,
        "inverse_rg": inverse_rg.__version__,
    }


def slug(name: str) -> str:
    """Return `name` as a file name: "Intel(R) Xeon(R) Processor" is intel-xeon-processor."""
    plain = re.sub(r"\((r|tm|c)\)", " ", name.lower())
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "unknown"
