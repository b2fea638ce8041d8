// The elementary functions that traced formulas call, for vectors of numbers.
#pragma once

#include "exponential.hpp"

namespace mlnn::MLNN_ISA {

template <class T>
struct Logarithm;

template <>
struct Logarithm<float> {
    static constexpr std::int32_t root_half = 0x3f3504f3, one = 0x3f800000;
    static constexpr float infinity = __builtin_inff();
    // (artanh √z / √z − 1) · 2/z for √z ≤ 3 − √8
    static constexpr float c[] = {0.666666627f, 0.400009722f, 0.284988672f, 0.242759019f};
};

template <>
struct Logarithm<double> {
    static constexpr std::int64_t root_half = 0x3fe6a09e667f3bcd, one = 0x3ff0000000000000;
    static constexpr double infinity = __builtin_inf();
    static constexpr double c[] = {0.6666666666666736,  0.3999999999940076,  0.28571428745805855, 0.22222198192840215,
                                   0.18183585511401254, 0.15313474537273492, 0.1480203477800304};
};

// k ln 2 + log(1 + f), 1 + f between √½ and √2: with s = f/(2 + f), log(1 + f) = 2 artanh s = f − s (f − R(s²)).
template <class V>
inline V log_sum(V k, V f) {
    using E = Exponential<Scalar<V>>;
    const V s = f / (f + 2), z = s * s, half_square = f * f * Scalar<V>(0.5);
    const V small = s * (z * polynomial(z, Logarithm<Scalar<V>>::c) + half_square) + k * E::ln2_low;
    return k * E::ln2_high - ((half_square - small) - f);
}

// A positive normal x is 2ᵏ m, m between √½ and √2.
template <class V>
struct Split {
    V k, m;
};

template <class V>
inline Split<V> split(V x) {
    using E = Exponential<Scalar<V>>;
    using L = Logarithm<Scalar<V>>;
    constexpr Scalar<V> shift = std::int64_t(1) << E::mantissa;
    const Bits<V> bits = (Bits<V>)x + (L::one - L::root_half);
    const Bits<V> exponent = (Bits<V>)((typename E::words)bits >> E::mantissa);
    const Bits<V> fraction = bits & ((std::int64_t(1) << E::mantissa) - 1);
    // behind the sign and the exponent of 2^mantissa, a small integer stands for itself
    return {(V)(exponent | (Bits<V>)broadcast<V>(shift)) - (shift + E::bias), (V)(fraction + L::root_half)};
}

template <class V>
inline V log(V x) {
    using E = Exponential<Scalar<V>>;
    const V zero{}, infinite = broadcast<V>(Logarithm<Scalar<V>>::infinity);
    constexpr Scalar<V> scale = std::int64_t(1) << E::mantissa;
    const auto tiny = x < E::least_normal;
    const Split<V> d = split(tiny ? x * scale : x);
    const V y = log_sum(tiny ? d.k - E::mantissa : d.k, d.m - 1);
    const V edge = x == zero ? -infinite : x < zero ? infinite - infinite : x;
    return (x > zero) & (x < infinite) ? y : edge;
}

// 1 + x is rounded; what it has lost, exactly known, joins the fraction.
template <class V>
inline V log1p(V x) {
    const V zero{}, infinite = broadcast<V>(Logarithm<Scalar<V>>::infinity);
    const V u = x + 1, back = u - 1, lost = (1 - (u - back)) + (x - back);
    const Split<V> d = split(u);
    const V y = log_sum(d.k, (d.m - 1) + lost * (d.m / u));
    const V edge = x == -1 ? -infinite : x < -1 ? infinite - infinite : x;
    return (x > -1) & (x < infinite) & (x != zero) ? y : edge;
}

}  // namespace mlnn::MLNN_ISA
