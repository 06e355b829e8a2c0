"""Memory of the device: whether an error is about it, and giving back what is not in use."""

from __future__ import annotations

import gc

__all__ = ["freed", "out_of_memory"]


def out_of_memory(error: RuntimeError) -> bool:
    """Whether a smaller batch could help. Each kind of device says it in another way."""
    import torch

    if isinstance(error, torch.OutOfMemoryError):
        return True
    told = str(error).lower()
    return any(sign in told for sign in ("out of memory", "can't allocate memory", "not enough me"))


def freed() -> None:
    """Give back what nobody uses."""
    import torch

    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    if torch.backends.mps.is_available():
        torch.mps.empty_cache()
