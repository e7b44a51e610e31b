"""The inner loop over the stored entries of a sparse matrix, compiled and vectorised.

For one row i of the matrix and each entry x it stores in a column j the loop forms the model
y = a_i · b_j, then adds (x / y) b_j to the row's numerator. The numerator and a_i stay in vector
registers, b_j is loaded once, and nothing is stored for an entry unless its model is asked for.
numba's own vectoriser makes two passes over b_j of it and keeps the numerator in memory, at half
the speed or less; hence the loop is spelt out for LLVM, by the number of vectors that the
components fill.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

from tdsep.nmf.terms import LANES  # numbers in a vector: 256 bits of single precision

#: Entries added up at a time: rounding grows with their number, and with that of such sums.
_STRETCH = 512
_INDEX = ir.IntType(64)
_FAST = ("fast",)


def numerators(
    indptr: np.ndarray,
    indices: np.ndarray,
    data: np.ndarray,
    factor: np.ndarray,
    other: np.ndarray,
    tiny: float,
    first: int,
    last: int,
    out: np.ndarray,
    model: np.ndarray,
) -> None:
    """Numerators of the multiplicative update of rows `first` to `last`, without the GIL.

    Parameters
    ----------
    indptr, indices, data : ndarray
        The matrix by rows (CSR).
    factor : ndarray [rows, K]
        C order, of the type of `data`; K a multiple of `LANES`.
    other : ndarray [columns, K]
    tiny : float
        What the model is raised by.
    first, last : int
    out : ndarray [rows, K]
        Zeros, to which the numerators are added.
    model : ndarray [entries] or [0]
        Receives the model of each entry, if it has room.
    """
    n_vectors = (0,) * (factor.shape[1] // LANES)
    tiny = data.dtype.type(tiny)
    _numerators(indptr, indices, data, factor, other, tiny, first, last, out, model, n_vectors)


def _compiled(function: Any) -> Any:
    """Compile on first use, for good if there is a place to keep the result."""
    try:
        return njit(nogil=True, cache=True)(function)
    except RuntimeError:  # no folder that can be written to
        return njit(nogil=True)(function)


@intrinsic
def _row(
    typing_context: Any,
    indices: Any,
    data: Any,
    start: Any,
    stop: Any,
    factor: Any,
    row: Any,
    other: Any,
    tiny: Any,
    out: Any,
    model: Any,
    n_vectors: Any,
) -> Any:
    """Add to the numerator of a row; `n_vectors` is a tuple as long as K / LANES."""
    signature = types.void(
        indices, data, start, stop, factor, row, other, tiny, out, model, n_vectors
    )

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kinds = signature.args
        count = kinds[-1].count
        number = context.get_value_type(data.dtype)
        vector = ir.VectorType(number, LANES)

        def array(position: int) -> Any:
            return context.make_array(kinds[position])(context, builder, arguments[position])

        def integer(position: int) -> Any:
            return context.cast(builder, arguments[position], kinds[position], types.int64)

        def line(base: Any, index: Any) -> list[Any]:
            """Pointers to the vectors of one line of a factor."""
            offset = builder.mul(index, ir.Constant(_INDEX, count * LANES))
            return [
                builder.bitcast(
                    builder.gep(base, [builder.add(offset, ir.Constant(_INDEX, v * LANES))]),
                    vector.as_pointer(),
                )
                for v in range(count)
            ]

        def load(pointer: Any) -> Any:
            return builder.load(pointer, align=data.dtype.bitwidth // 8)

        indices_at, data_at, model_at = array(0).data, array(1).data, array(9)
        other_at, out_at = array(6).data, array(8).data
        index = integer(5)
        own = [load(pointer) for pointer in line(array(4).data, index)]
        sums = [cgutils.alloca_once_value(builder, ir.Constant(vector, [0.0] * LANES)) for _ in own]
        keep = builder.icmp_signed(">", model_at.nitems, ir.Constant(_INDEX, 0))
        add_up = cgutils.get_or_insert_function(
            builder.module,
            ir.FunctionType(number, [number, vector]),
            f"llvm.vector.reduce.fadd.v{LANES}f{data.dtype.bitwidth}",
        )
        one = ir.Constant(_INDEX, 1)
        with cgutils.for_range_slice(builder, integer(2), integer(3), one) as (entry, _):
            column = context.cast(
                builder,
                builder.load(builder.gep(indices_at, [entry])),
                indices.dtype,
                types.int64,
            )
            theirs = [load(pointer) for pointer in line(other_at, column)]
            products = [builder.fmul(a, b, flags=_FAST) for a, b in zip(own, theirs, strict=True)]
            total = products[0]
            for product in products[1:]:
                total = builder.fadd(total, product, flags=_FAST)
            y = builder.call(add_up, [arguments[7], total], fastmath=_FAST)
            with builder.if_then(keep, likely=False):
                builder.store(y, builder.gep(model_at.data, [entry]))
            ratio = builder.fdiv(builder.load(builder.gep(data_at, [entry])), y)
            spread = builder.shuffle_vector(
                builder.insert_element(
                    ir.Constant(vector, ir.Undefined), ratio, ir.Constant(ir.IntType(32), 0)
                ),
                ir.Constant(vector, ir.Undefined),
                ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES),
            )
            for place, b in zip(sums, theirs, strict=True):
                added = builder.fmul(spread, b, flags=_FAST)
                builder.store(builder.fadd(builder.load(place), added, flags=_FAST), place)
        for place, pointer in zip(sums, line(out_at, index), strict=True):
            total = builder.fadd(load(pointer), builder.load(place), flags=_FAST)
            builder.store(total, pointer, align=data.dtype.bitwidth // 8)
        return context.get_dummy_value()

    return signature, generate


@_compiled
def _numerators(
    indptr: Any,
    indices: Any,
    data: Any,
    factor: Any,
    other: Any,
    tiny: Any,
    first: Any,
    last: Any,
    out: Any,
    model: Any,
    n_vectors: Any,
) -> None:
    for row in range(first, last):
        stop = indptr[row + 1]
        for start in range(indptr[row], stop, _STRETCH):
            _row(
                indices, data, start, min(start + _STRETCH, stop), factor, row, other, tiny, out,
                model, n_vectors,
            )  # fmt: skip
