// The elementary functions that take a comparison or two, for vectors of numbers, and what folds a vector to a number.
#pragma once

#if defined(__SSE2__) && !defined(MLNN_PORTABLE)
#include <immintrin.h>
#endif

#include "vector.hpp"

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
    return (V)(((Bits)x & ~sign) | ((Bits)y & sign));
}

// Compilers have an instruction for the whole vector here.
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

template <class V>
inline V sign(V x) {
    const V zero{};
    return x > zero ? zero + 1 : x < zero ? zero - 1 : x + zero;  // −0 + 0 is 0
}

// b where a < b, or where either is NaN, and a elsewhere, with smaller() its mirror image. GCC sees the one instruction
// in a comparison and its choice only as long as neither is a constant.
#if defined(__SSE2__) && !defined(MLNN_PORTABLE)
#if MLNN_VECTOR_BYTES == 64
#define MLNN_EXTREME(name, suffix, all) _mm512_maskz_##name##_##suffix(all, a, b)
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

// NaN if either is.
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

// Folds the upper half of n lanes into the lower one, until one is left: the order depends on the width alone.
template <int n, class V, class Operation>
inline Scalar<V> fold(V x, Operation operation) {
    if constexpr (n > 1) {
        for (int i = 0; i < n / 2; ++i) x[i] = operation(x[i], x[i + n / 2]);
        return fold<n / 2>(x, operation);
    } else {
        return x[0];
    }
}

template <class V>
inline Scalar<V> sum(V x) {
    using T = Scalar<V>;
    return fold<lanes<T>>(x, [](T a, T b) { return a + b; });
}

// NaN if any lane is.
template <class V>
inline Scalar<V> largest(V x) {
    using T = Scalar<V>;
    return fold<lanes<T>>(x, [](T a, T b) { return b > a || b != b ? b : a; });
}

}  // namespace mlnn::MLNN_ISA
