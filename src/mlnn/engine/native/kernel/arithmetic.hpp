// The functions of formulas that take an instruction or a few, for vectors of numbers, and what folds a vector to one.
#pragma once

#if defined(__SSE2__)
#include <immintrin.h>
#endif

#include "kernel/vector.hpp"

namespace mlnn::MLNN_ISA {

// a where the mask, the result of a comparison, holds, and b elsewhere.
template <class M, class V>
inline V select(M mask, V a, V b) {
    return mask ? a : b;
}

template <class V>
inline V negative(V x) {
    return -x;
}

template <class V>
inline V square(V x) {
    return x * x;
}

template <class V>
inline V absolute(V x) {
    using Bits = Integers<Scalar<V>>;
    return (V)((Bits)x & ~(Bits)-V{});
}

// |x| with the sign bit of y.
template <class V>
inline V with_sign(V x, V y) {
    using Bits = Integers<Scalar<V>>;
    const Bits sign = (Bits)-V{};
#if defined(__AVX512F__)
    return (V)_mm512_ternarylogic_epi64((__m512i)x, (__m512i)y, (__m512i)sign, 0xd8);  // bit by bit, sign ? y : x
#else
    return (V)(((Bits)x & ~sign) | ((Bits)y & sign));
#endif
}

template <class V>
inline V sign(V x) {
    const V zero{};
    return x > zero ? zero + 1 : x < zero ? zero - 1 : x + zero;  // −0 + 0 is 0
}

// Lane by lane to read, but an instruction for the whole vector to the compilers.
template <class V>
inline V sqrt(V x) {
    for (int i = 0; i < lanes<Scalar<V>>; ++i) {
        if constexpr (sizeof(x[0]) == 4)
            x[i] = __builtin_sqrtf(x[i]);
        else
            x[i] = __builtin_sqrt(x[i]);
    }
    return x;
}

// larger() is a > b ? a : b, and so b where either is NaN; smaller() is its mirror image. They are one instruction
// each, which GCC fails to see in a comparison and a choice as soon as one side is a constant.
#if defined(__SSE2__)
#if MLNN_VECTOR_BYTES == 64
#define MLNN_EXTREME(name, suffix, all) _mm512_maskz_##name##_##suffix(all, a, b)  // _mm512_max_ps warns in GCC 12
#elif MLNN_VECTOR_BYTES == 32
#define MLNN_EXTREME(name, suffix, all) _mm256_##name##_##suffix(a, b)
#else
#define MLNN_EXTREME(name, suffix, all) _mm_##name##_##suffix(a, b)
#endif
inline Vector<float> larger(Vector<float> a, Vector<float> b) { return MLNN_EXTREME(max, ps, 0xffff); }
inline Vector<double> larger(Vector<double> a, Vector<double> b) { return MLNN_EXTREME(max, pd, 0xff); }
inline Vector<float> smaller(Vector<float> a, Vector<float> b) { return MLNN_EXTREME(min, ps, 0xffff); }
inline Vector<double> smaller(Vector<double> a, Vector<double> b) { return MLNN_EXTREME(min, pd, 0xff); }
#undef MLNN_EXTREME
#else
template <class V>
inline V larger(V a, V b) {
    return a > b ? a : b;
}
template <class V>
inline V smaller(V a, V b) {
    return a < b ? a : b;
}
#endif

// NaN if either is; where b is a constant, that costs nothing.
template <class V>
inline V maximum(V a, V b) {
    return b == b ? larger(b, a) : b;
}

template <class V>
inline V minimum(V a, V b) {
    return b == b ? smaller(b, a) : b;
}

// 0 below 0, 1 above it, and h at 0.
template <class V>
inline V heaviside(V x, V h) {
    const V zero{};
    return x > zero ? zero + 1 : x < zero ? zero : x == zero ? h : x;
}

// The upper half of n lanes is added to the lower one until a single lane is left: n alone decides on the order.
template <class V, int n = lanes<Scalar<V>>>
inline Scalar<V> sum(V x) {
    if constexpr (n == 1) {
        return x[0];
    } else {
        for (int i = 0; i < n / 2; ++i) x[i] += x[i + n / 2];
        return sum<V, n / 2>(x);
    }
}

}  // namespace mlnn::MLNN_ISA
