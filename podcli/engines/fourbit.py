"""4-bit weights: groups of 32 along a row, each with a scale and a zero point (the layout of PyTorch's int4 CPU kernels).

``weight = (quant - 8) * scale + zero`` with quants 0 to 15, two to a byte, the even column in the low half. Scale and zero have
bfloat16's precision, because that is what the kernels read; quants are chosen for the rounded values, so nothing is lost later.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

GROUP = 32
MIDDLE = 8
LEVELS = 15
OUTLIER_STEPS = 2.0
"""How far outside its group's 16 levels a weight may lie, in steps: the rest of the group gains more than it loses."""
_SHRINK = (1.0, 0.93, 0.86, 0.8)
_ROWS = 4096
_DAMPING = 0.3
"""Of the mean square of all inputs, added to each: what was not heard in half a minute of calibration may still come."""


def pack(
    weight: NDArray[np.floating], moments: NDArray[np.floating] | None = None
) -> tuple[NDArray[np.uint8], NDArray[np.float16]]:
    """Quantise a matrix ``(rows, columns)``, columns a multiple of 32.

    Returns quants ``(rows, columns // 2)`` and ``(rows, columns // 32, 2)`` of scale and zero. Per group several ranges are
    tried, each refitted by least squares, and the one with the least squared error is kept. With `moments`, the sum of ``x xᵀ``
    ``(columns, columns)`` over inputs the matrix is multiplied with, columns are rounded one after the other, and what rounding
    adds to the product is taken back by the columns that are still to come (GPTQ, https://arxiv.org/abs/2210.17323).
    """
    import numpy as np

    rows, columns = weight.shape
    quants = np.empty((rows, columns // 2), np.uint8)
    scales = np.empty((rows, columns // GROUP, 2), np.float16)
    shares = _shares(moments) if moments is not None else None
    for first in range(0, rows, _ROWS):
        part = np.array(weight[first : first + _ROWS], np.float32)
        if shares is None:
            levels, scale, zero = _quantise(part.reshape(-1, GROUP))
        else:
            levels, scale, zero = _compensated(part, shares)
        nibbles = levels.reshape(-1, columns).astype(np.uint8)
        quants[first : first + _ROWS] = nibbles[:, ::2] | nibbles[:, 1::2] << 4
        scales[first : first + _ROWS] = np.concatenate([scale, zero], axis=1).reshape(-1, columns // GROUP, 2)
    return quants, scales


def _shares(moments: NDArray[np.floating]) -> NDArray[np.float32]:
    """Upper triangular ``(columns, columns)``: how the error of a column is shared out among those behind it."""
    import numpy as np

    wide = np.array(moments, np.float64)
    places = np.diag_indices(len(wide))
    wide[places] += max(_DAMPING * float(wide[places].mean()), 1e-9)
    inverse = np.linalg.inv(wide)
    return np.ascontiguousarray(np.linalg.cholesky((inverse + inverse.T) / 2).T, np.float32)


def _compensated(
    weight: NDArray[np.float32], shares: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """As `_quantise`, for whole rows, whose groups follow one another. Changes `weight`."""
    import numpy as np

    rows, columns = weight.shape
    levels = np.empty((rows, columns), np.float32)
    scales, zeros = (np.empty((rows, columns // GROUP), np.float32) for _ in range(2))
    for number, first in enumerate(range(0, columns, GROUP)):
        group, errors = weight[:, first : first + GROUP].copy(), np.empty((rows, GROUP), np.float32)
        _, scale, zero = _quantise(group)
        scales[:, number], zeros[:, number] = scale[:, 0], zero[:, 0]
        for place in range(GROUP):
            share = shares[first + place, first + place : first + GROUP]
            rounded = _levels(group[:, place], scale[:, 0], zero[:, 0])[0]
            levels[:, first + place] = rounded
            errors[:, place] = (group[:, place] - ((rounded - MIDDLE) * scale[:, 0] + zero[:, 0])) / share[0]
            group[:, place + 1 :] -= errors[:, place, None] * share[1:]
        weight[:, first + GROUP :] -= errors @ shares[first : first + GROUP, first + GROUP :]
    return levels, scales.reshape(-1, 1), zeros.reshape(-1, 1)


def unpack(quants: NDArray[np.uint8], scales: NDArray[np.float16]) -> NDArray[np.float32]:
    """The matrix ``(rows, columns)`` that `pack` stands for."""
    import numpy as np

    rows = len(quants)
    levels = np.stack([quants & 15, quants >> 4], axis=-1).reshape(rows, -1, GROUP).astype(np.float32) - MIDDLE
    wide = scales.astype(np.float32)
    return np.asarray((levels * wide[:, :, :1] + wide[:, :, 1:]).reshape(rows, -1))


def _quantise(groups: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Quants ``(groups, 32)``, scales and zeros ``(groups, 1)`` of the best range tried for each group."""
    import numpy as np

    low, high = groups.min(axis=1, keepdims=True), groups.max(axis=1, keepdims=True)
    middle, span = (low + high) / 2, (high - low) / LEVELS
    best: tuple[NDArray[np.float32], ...] | None = None
    for shrink in _SHRINK:
        tried = _levels(groups, *_rounded(span * shrink, middle + span * shrink / 2))
        fitted = [tried] if shrink == 1.0 else [tried, _levels(groups, *_refitted(groups, tried[0]))]
        for quants, scale, zero in fitted:
            off = (quants - MIDDLE) * scale + zero - groups
            error = np.square(off).sum(axis=1, keepdims=True)
            error[np.abs(off).max(axis=1, keepdims=True) > OUTLIER_STEPS * scale] = np.inf
            if best is None:
                best = (error, quants, scale, zero)
                continue
            better = error < best[0]
            new = (error, quants, scale, zero)
            best = tuple(np.where(better, mine, theirs) for mine, theirs in zip(new, best, strict=True))
    assert best is not None
    return best[1], best[2], best[3]


def _levels(
    groups: NDArray[np.float32], scale: NDArray[np.float32], zero: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    import numpy as np

    return np.clip(np.rint((groups - zero) / scale) + MIDDLE, 0, LEVELS), scale, zero


def _refitted(groups: NDArray[np.float32], quants: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The line through (quant, weight) with the least squared error."""
    import numpy as np

    levels = quants - MIDDLE
    mean_level, mean = levels.mean(axis=1, keepdims=True), groups.mean(axis=1, keepdims=True)
    spread = np.square(levels - mean_level).sum(axis=1, keepdims=True)
    slope = ((levels - mean_level) * (groups - mean)).sum(axis=1, keepdims=True) / np.maximum(spread, 1e-12)
    return _rounded(slope, mean - slope * mean_level)


def _rounded(scale: NDArray[np.float32], zero: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Values that bfloat16 and float16 both hold; a scale is never 0, so that equal weights divide well."""
    import numpy as np

    both = []
    for values in (np.maximum(scale, 2.0**-24), zero):
        bits = np.ascontiguousarray(values, np.float32).view(np.uint32)
        nearest = ((bits + 0x7FFF + (bits >> 16 & 1)) & 0xFFFF0000).astype(np.uint32).view(np.float32)
        both.append(nearest.astype(np.float16).astype(np.float32))
    return both[0], both[1]
