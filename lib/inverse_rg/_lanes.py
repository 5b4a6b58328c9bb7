"""Vector registers for the packed kernels: eight uint64 words, or sixteen float32 numbers.

LLVM turns these fixed widths into whatever the processor has (one AVX-512 register, two of AVX2,
four of SSE or NEON), so one code runs everywhere and does the same operations in the same order:
results are identical on every processor. The loop vectoriser of LLVM would do as well where it
succeeds, but whether it does changes with its version and with the number of arrays in a loop.
"""

from __future__ import annotations

import operator

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, models, overload, register_model

WORDS = 8
"""uint64 words in a `words8` vector."""

FLOATS = 16
"""float32 numbers in a `floats16` vector: as many as a `words8` has halves."""

_BIT, _HALF, _WORD = ir.IntType(1), ir.IntType(32), ir.IntType(64)
_WORDS8 = ir.VectorType(_WORD, WORDS)
_FLOATS16 = ir.VectorType(ir.FloatType(), FLOATS)
_HALVES16 = ir.VectorType(_HALF, FLOATS)
_MASK16 = ir.VectorType(_BIT, FLOATS)


class Lanes(types.Type):
    """The Numba type of a vector register."""


words8 = Lanes("words8")
floats16 = Lanes("floats16")
_LLVM_TYPES = {words8: _WORDS8, floats16: _FLOATS16}


@register_model(Lanes)
class _LanesModel(models.PrimitiveModel):
    def __init__(self, manager, lanes):
        super().__init__(manager, lanes, _LLVM_TYPES[lanes])


def _splat(builder, scalar, vector):
    """Return the LLVM value of type `vector` whose lanes are all `scalar`."""
    one = builder.insert_element(ir.Constant(vector, ir.Undefined), scalar, ir.Constant(_HALF, 0))
    mask = ir.Constant(ir.VectorType(_HALF, vector.count), None)
    return builder.shuffle_vector(one, ir.Constant(vector, ir.Undefined), mask)


def _pointer(context, builder, array_type, array, index, vector):
    """Return the address of ``array[index]``, a one-dimensional C array, as a vector pointer."""
    data = context.make_array(array_type)(context, builder, array).data
    return builder.bitcast(builder.gep(data, [index]), vector.as_pointer())


@intrinsic
def load(typing_context, array, index):
    """Return the vector that starts at ``array[index]``; any alignment, no bounds check."""
    lanes = words8 if array.dtype == types.uint64 else floats16

    def generate(context, builder, signature, arguments):
        address = _pointer(
            context, builder, signature.args[0], *arguments, vector=_LLVM_TYPES[lanes]
        )
        value = builder.load(address)
        value.align = array.dtype.bitwidth // 8
        return value

    return lanes(array, types.intp), generate


@intrinsic
def store(typing_context, array, index, vector):
    """Write `vector` to ``array[index]`` and behind; any alignment, no bounds check."""

    def generate(context, builder, signature, arguments):
        target, first, value = arguments
        address = _pointer(context, builder, signature.args[0], target, first, value.type)
        builder.store(value, address).align = array.dtype.bitwidth // 8
        return context.get_dummy_value()

    return types.void(array, types.intp, vector), generate


@intrinsic
def splat_word(typing_context, word):
    """Return a `words8` whose lanes are all `word`."""

    def generate(context, builder, signature, arguments):
        return _splat(builder, arguments[0], _WORDS8)

    return words8(types.uint64), generate


@intrinsic
def splat_float(typing_context, number):
    """Return a `floats16` whose lanes are all the float32 `number`."""

    def generate(context, builder, signature, arguments):
        return _splat(builder, arguments[0], _FLOATS16)

    return floats16(types.float32), generate


@intrinsic
def signs_of(typing_context, bits):
    """Return masks: all bits of lane i are set where bit i of the uint64 `bits` is, else none.

    They are kept as `floats16`, in float32 arrays, but are no numbers: only `choose` takes them.
    """

    def generate(context, builder, signature, arguments):
        mask = builder.bitcast(builder.trunc(arguments[0], ir.IntType(FLOATS)), _MASK16)
        return builder.bitcast(builder.sext(mask, _HALVES16), _FLOATS16)

    return floats16(types.uint64), generate


@intrinsic
def choose(typing_context, signs, up, down):
    """Return a `floats16`: lane i is `up` where `signs`, from `signs_of`, is set, else `down`."""

    def generate(context, builder, signature, arguments):
        mask = builder.bitcast(arguments[0], _HALVES16)
        first, second = (
            builder.bitcast(_splat(builder, scalar, _FLOATS16), _HALVES16)
            for scalar in arguments[1:]
        )
        # As bits, not by `select`: processors without mask registers keep the mask in memory.
        bits = builder.or_(builder.and_(mask, first), builder.and_(builder.not_(mask), second))
        return builder.bitcast(bits, _FLOATS16)

    return floats16(floats16, types.float32, types.float32), generate


@intrinsic
def halves_as_floats(typing_context, words):
    """Return the sixteen 32-bit halves of a `words8` as whole numbers in [0, 2^31].

    A half loses its lowest bit and is rounded to the 24 bits of a float32.
    """

    def generate(context, builder, signature, arguments):
        halves = builder.bitcast(arguments[0], _HALVES16)
        halves = builder.lshr(halves, ir.Constant(_HALVES16, [1] * FLOATS))
        return builder.sitofp(halves, _FLOATS16)

    return floats16(words8), generate


@intrinsic
def less(typing_context, first, second):
    """Return a uint64 whose bit i says whether lane i of `first` is less than that of `second`."""

    def generate(context, builder, signature, arguments):
        mask = builder.fcmp_ordered("<", *arguments)
        return builder.zext(builder.bitcast(mask, ir.IntType(FLOATS)), _WORD)

    return types.uint64(floats16, floats16), generate


@intrinsic
def any_bit(typing_context, words):
    """Return whether any bit of a `words8` is set."""

    def generate(context, builder, signature, arguments):
        whole = builder.bitcast(arguments[0], ir.IntType(64 * WORDS))
        return builder.icmp_unsigned("!=", whole, ir.Constant(whole.type, 0))

    return types.boolean(words8), generate


def _binary(name, lanes):
    """Return an intrinsic that applies the LLVM instruction `name` to two vectors."""

    @intrinsic
    def apply(typing_context, first, second):
        def generate(context, builder, signature, arguments):
            return getattr(builder, name)(*arguments)

        return lanes(lanes, lanes), generate

    return apply


def _register(operation, name, lanes):
    """Let ``operation(a, b)`` in compiled code mean the LLVM instruction `name`."""
    apply = _binary(name, lanes)

    @overload(operation, jit_options={"forceinline": True})
    def operate(first, second):
        if first is lanes and second is lanes:
            return lambda first, second: apply(first, second)
        return None


for _operation, _name in (
    (operator.and_, "and_"),
    (operator.or_, "or_"),
    (operator.xor, "xor"),
    (operator.add, "add"),
    (operator.mul, "mul"),
):
    _register(_operation, _name, words8)
_register(operator.mul, "fmul", floats16)
_register(operator.add, "fadd", floats16)


@intrinsic
def shift_left(typing_context, words, count):
    """Shift each word of a `words8` left by `count` bits."""

    def generate(context, builder, signature, arguments):
        return builder.shl(arguments[0], _splat(builder, arguments[1], _WORDS8))

    return words8(words8, types.uint64), generate


@intrinsic
def shift_right(typing_context, words, count):
    """Shift each word of a `words8` right by `count` bits, filling with zeros."""

    def generate(context, builder, signature, arguments):
        return builder.lshr(arguments[0], _splat(builder, arguments[1], _WORDS8))

    return words8(words8, types.uint64), generate


@intrinsic
def count_bits(typing_context, words):
    """Return the number of set bits of each word of a `words8`."""

    def generate(context, builder, signature, arguments):
        count = cgutils.get_or_insert_function(
            builder.module, ir.FunctionType(_WORDS8, [_WORDS8]), f"llvm.ctpop.v{WORDS}i64"
        )
        return builder.call(count, arguments)

    return words8(words8), generate


@intrinsic
def sum_words(typing_context, words):
    """Return the sum of the eight words of a `words8`, modulo 2^64."""

    def generate(context, builder, signature, arguments):
        total = arguments[0]
        for half in (4, 2, 1):  # fold the upper half onto the lower one
            mask = ir.Constant(
                ir.VectorType(_HALF, WORDS), [(lane + half) % WORDS for lane in range(WORDS)]
            )
            total = builder.add(total, builder.shuffle_vector(total, total, mask))
        return builder.extract_element(total, ir.Constant(_HALF, 0))

    return types.uint64(words8), generate
