// exp, log and their kin, for vectors of numbers: no branches and no calls. Compilers must be told to fuse
// multiplications and additions where they can (-ffp-contract=fast), and no more than that.
//
// The coefficients were fitted for the purpose in 70 digits, for the least largest error relative to the function, by
// reweighted least squares, each one rounded before the next was fitted.
//
// The largest errors found, in units in the last place, double and float: exp 1.3, 1.4; expm1 1.3, 1.3; log 0.9, 0.9;
// log1p 1.5, 1.4; tanh 2.1, 3.0; erf 2.1, 2.1. Of the floats, every one or every third was tried.
#pragma once

#include "kernel/arithmetic.hpp"

#if defined(__AVX512F__)
#define MLNN_EXP_TABLE  // one instruction looks up every lane's entry in a table of a vector's length
#endif

namespace mlnn::MLNN_ISA {

template <class T>
struct Format;

template <>
struct Format<float> {
    typedef std::uint32_t words __attribute__((vector_size(MLNN_VECTOR_BYTES)));
    static constexpr int mantissa = 23, bias = 127;
    static constexpr std::int32_t one = 0x3f800000, root_half = 0x3f3504f3;  // the bits of 1 and of √½
    static constexpr float least_normal = 0x1p-126f, infinity = __builtin_inff();
    static constexpr float log2_e = 1.44269504f;
    // ln 2 in two parts: fused or short, the first one's product with an exponent has no rounding error
#if defined(__FMA__) || defined(__aarch64__)
    static constexpr bool ln2_short = false;
    static constexpr float ln2_high = 0.693147182f, ln2_low = -1.90465421e-9f;
#else
    static constexpr bool ln2_short = true;
    static constexpr float ln2_high = 0.693145752f, ln2_low = 1.42860677e-6f;
#endif
};

template <>
struct Format<double> {
    typedef std::uint64_t words __attribute__((vector_size(MLNN_VECTOR_BYTES)));
    static constexpr int mantissa = 52, bias = 1023;
    static constexpr std::int64_t one = 0x3ff0000000000000, root_half = 0x3fe6a09e667f3bcd;
    static constexpr double least_normal = 0x1p-1022, infinity = __builtin_inf();
    static constexpr double log2_e = 1.4426950408889634;
#if defined(__FMA__) || defined(__aarch64__)
    static constexpr bool ln2_short = false;
    static constexpr double ln2_high = 0.6931471805599453, ln2_low = 2.3190468138462996e-17;
#else
    static constexpr bool ln2_short = true;
    static constexpr double ln2_high = 0.6931471805601177, ln2_low = -1.7239444525614835e-13;
#endif
};

// c: the power series, or nearly so, of (exp r − 1 − r)/r² for |r| ≤ ln 2 / (2 · steps).
// power, lost: 2^(i/steps), and the logarithm of what its rounding has lost.
// erf (over erf_below): −log(1 − erf a)/a − 1 for 0 ≤ a ≤ erf_one.
// exp is 0 below exp_low and ∞ above exp_high, expm1 is −1 below expm1_low, tanh and erf are 1 above …_one.
template <class T>
struct Exponential;

template <>
struct Exponential<float> {
    static constexpr float exp_low = -104, exp_high = 89, expm1_low = -18, tanh_one = 9.1f, erf_one = 3.93f;
#if defined(MLNN_EXP_TABLE)
    static constexpr int log2_steps = 4;
    static constexpr float c[] = {0.5f, 0.16666992f, 0.0416670479f};
    static constexpr float power[] = {1.0f,        1.04427373f, 1.09050775f, 1.13878858f, 1.18920708f, 1.24185777f,
                                      1.29683959f, 1.35425556f, 1.41421354f, 1.47682619f, 1.54221082f, 1.61049032f,
                                      1.68179286f, 1.75625217f, 1.8340081f,  1.91520655f};
    static constexpr float lost[] = {0.0f,           4.62854715e-8f, -1.19921575e-8f, 4.72978243e-8f,  3.19341815e-8f,
                                     3.62105723e-8f, -3.09907193e-8f, -7.47521334e-9f, 1.71142709e-8f,  -3.04768335e-8f,
                                     5.23333421e-9f, 6.10759177e-9f, -1.47196051e-8f, -5.25879518e-9f, -6.12825968e-9f,
                                     5.14060927e-9f};
#else
    static constexpr int log2_steps = 0;
    static constexpr float c[] = {0.49999997f, 0.166665465f, 0.0416674688f, 0.00836626533f, 0.00138675142f};
#endif
    static constexpr float erf[] = {0.128379166f,   0.636619568f,     0.102776282f,    -0.0191476531f, -0.000169965278f,
                                    0.00167626457f, -0.000637742749f, 0.000118980592f, -9.40242808e-6f};
};

template <>
struct Exponential<double> {
    static constexpr double exp_low = -746, exp_high = 710, expm1_low = -38, tanh_one = 19.1, erf_one = 5.94;
    static constexpr double tanh_small = 0.17;
#if defined(MLNN_EXP_TABLE)
    static constexpr int log2_steps = 3;
    static constexpr double c[] = {0.5, 0.16666666666667007, 0.04166666666666585, 0.00833333332238058,
                                   0.0013888888895486366, 0.00019842270189851952, 2.4801966543693035e-05};
    static constexpr double power[] = {1.0,                1.0905077326652577, 1.189207115002721, 1.2968395546510096,
                                       1.4142135623730951, 1.5422108254079407, 1.681792830507429, 1.8340080864093424};
    static constexpr double lost[] = {0.0, -2.7939114859515733e-17, 3.3484623336251524e-17, 1.9572585293112036e-17,
                                      -6.835808657661922e-17, 5.1548301170786783e-17, 4.875160526227062e-17,
                                      1.790126907604513e-17};
#else
    static constexpr int log2_steps = 0;
    static constexpr double c[] = {0.5, 0.16666666666666677, 0.04166666666666663, 0.008333333333321445,
                                   0.0013888888888911976, 0.00019841269886564057, 2.480158726103862e-05,
                                   2.755724378375069e-06, 2.7557333225295817e-07, 2.5109183160283143e-08,
                                   2.0895409427846848e-09};
#endif
    static constexpr double erf[] = {0.12837916709551256, 0.854536906917939, 1.3585782020289872, 1.107841329652106,
                                     0.5484755558044427, 0.17178418423694952, 0.03297832535064037,
                                     0.003399203250270738, 0.0001227027773756563};
    static constexpr double erf_below[] = {1, 1.6974493563136037, 1.364518713343845, 0.6530568514625369,
                                           0.1960619978830043, 0.035916280406526314, 0.0035194386150113268,
                                           0.0001227237795501738};
};

// c: the power series, or nearly so, of (artanh √z / √z − 1) · 2/z for √z ≤ 3 − √8.
template <class T>
struct Logarithm;

template <>
struct Logarithm<float> {
    static constexpr float c[] = {0.666666627f, 0.400009722f, 0.284988672f, 0.242759019f};
};

template <>
struct Logarithm<double> {
    static constexpr double c[] = {0.6666666666666736, 0.3999999999940076, 0.28571428745805855, 0.22222198192840215,
                                   0.18183585511401254, 0.15313474537273492, 0.1480203477800304};
};

template <class V>
using Bits = Integers<Scalar<V>>;

// c[0] + c[1] x + c[2] x² …, pair by pair: half the latency of one power after the other.
template <class V, int n>
inline V polynomial(V x, const Scalar<V> (&c)[n]) {
    const V square = x * x;
    V y = c[n - 1] * x + c[n - 2];
    for (int k = n - 4; k >= 0; k -= 2) y = y * square + (c[k + 1] * x + c[k]);
    return n % 2 ? y * x + c[0] : y;
}

// 2 to the n, n an integer in the lowest bits, whatever the others are.
template <class V>
inline V power_of_two(Bits<V> n) {
    return (V)((n + Format<Scalar<V>>::bias) << Format<Scalar<V>>::mantissa);
}

#if defined(MLNN_EXP_TABLE)
inline Vector<float> look_up(const float* table, Vector<float> index) {
    return _mm512_maskz_permutexvar_ps(0xffff, (__m512i)index, load(table));
}
inline Vector<double> look_up(const double* table, Vector<double> index) {
    return _mm512_maskz_permutexvar_pd(0xff, (__m512i)index, load(table));
}

// x times 2 to the n rounded down.
inline Vector<float> scaled(Vector<float> x, Vector<float> n) { return _mm512_maskz_scalef_ps(0xffff, x, n); }
inline Vector<double> scaled(Vector<double> x, Vector<double> n) { return _mm512_maskz_scalef_pd(0xff, x, n); }
#endif

// x = n ln 2 + high − n · ln2_low: n is a multiple of 1/steps, high is exact and at most ln 2 / (2 · steps) in size.
// `shifted` holds (n − 1) · steps as an integer in its lowest bits.
template <class V>
struct Reduced {
    V shifted, n, high;
};

template <class V>
inline Reduced<V> reduced(V x) {
    using F = Format<Scalar<V>>;
    // numbers of this size are whole multiples of 1/steps
    constexpr auto shift = Scalar<V>(1.5) * (std::int64_t(1) << (F::mantissa - Exponential<Scalar<V>>::log2_steps)) - 1;
    const V shifted = x * F::log2_e + shift, n = shifted - shift;
    return {shifted, n, x - n * F::ln2_high};
}

template <class V>
inline V exp(V x) {
    using F = Format<Scalar<V>>;
    using E = Exponential<Scalar<V>>;
    const Reduced<V> d = reduced(smaller(broadcast<V>(E::exp_high), larger(broadcast<V>(E::exp_low), x)));
    const V r = d.high - d.n * F::ln2_low, rest = r * r * polynomial(r, E::c);
#if defined(MLNN_EXP_TABLE)
    const V power = look_up(E::power, d.shifted);
    return scaled(power * (rest + r) + power, d.n);
#else
    // In two steps, of n/2 each: 2ⁿ alone may be too large, or too small, for a normal number.
    const Bits<V> n = (Bits<V>)d.shifted, half = (Bits<V>)((typename F::words)n >> 1);
    return (rest + (r + 1)) * power_of_two<V>(half) * power_of_two<V>(n - half + 1);
#endif
}

// (exp x − 1)/2, of any x if `wide`, else for uses that need no accuracy where n is large: r can then do without low,
// whose part in exp r is tiny. The order of the sums spares them rounding errors: what is not small is nearly exact.
template <bool wide, class V>
inline V half_expm1(V x) {
    using F = Format<Scalar<V>>;
    using E = Exponential<Scalar<V>>;
    const Reduced<V> d = reduced(x);
    const Bits<V> n = (Bits<V>)d.shifted;
#if defined(MLNN_EXP_TABLE)
    const Bits<V> whole = n & -(1 << E::log2_steps);
    const V half = (V)((Bits<V>)look_up(E::power, d.shifted) + (whole << (F::mantissa - E::log2_steps)));
    const V low = look_up(E::lost, d.shifted) - d.n * F::ln2_low;
    const V r = wide ? d.high + low : d.high, rest = r * r * polynomial(r, E::c) + low;
    return half * (d.high + rest) + (half - Scalar<V>(0.5));
#else
    constexpr bool full = wide || F::ln2_short;
    const V half = power_of_two<V>(n), low = d.n * -F::ln2_low;
    const V r = full ? d.high + low : d.high, rest = r * r * polynomial(r, E::c) + (full ? low : low * d.high + low);
    return half * rest + (half * d.high + (half - Scalar<V>(0.5)));
#endif
}

template <class V>
inline V expm1(V x) {
    using E = Exponential<Scalar<V>>;
    const V y = half_expm1<true>(smaller(broadcast<V>(E::exp_high), larger(broadcast<V>(E::expm1_low), x)));
    return absolute(x) < Format<Scalar<V>>::least_normal ? x : y + y;
}

// (exp 2a − 1) / (exp 2a + 1): as accurate near 0 as expm1 is. a is |x|, or −|x| where x is small: rounding errors are
// half a unit in the last place smaller then, a luxury that is left to double.
template <class V>
inline V tanh(V x) {
    using E = Exponential<Scalar<V>>;
    V a = smaller(broadcast<V>(E::tanh_one), absolute(x));
    if constexpr (sizeof(x[0]) == 8) a = with_sign(a, a - E::tanh_small);
    const V y = half_expm1<false>(a + a);
    return with_sign(y / (y + 1), x);
}

// 1 − exp(log(1 − erf |x|)): one formula from 0 to where erf is 1, and nowhere less accurate than its logarithm.
template <class V>
inline V erf(V x) {
    using E = Exponential<Scalar<V>>;
    const V a = smaller(broadcast<V>(E::erf_one), absolute(x));
    V c = polynomial(a, E::erf);
    if constexpr (sizeof(x[0]) == 8) c /= polynomial(a, E::erf_below);
    return with_sign(2 * half_expm1<false>(-(c * a + a)), x);
}

// A positive normal x is 2ᵏ m, m between √½ and √2.
template <class V>
struct Split {
    V k, m;
};

template <class V>
inline Split<V> split(V x) {
    using F = Format<Scalar<V>>;
    constexpr auto unit = std::int64_t(1) << F::mantissa;
    const auto bits = (Bits<V>)((typename F::words)x + (F::one - F::root_half));  // NaN may wrap around
    const Bits<V> exponent = (Bits<V>)((typename F::words)bits >> F::mantissa);
    const V shift = broadcast<V>(unit);  // the lowest bits of numbers of this size stand for integers
    return {(V)(exponent | (Bits<V>)shift) - (shift + F::bias), (V)((bits & (unit - 1)) + F::root_half)};
}

// k ln 2 + log(1 + f), 1 + f between √½ and √2. With s = f/(2 + f), log(1 + f) is 2 artanh s = 2s + s z c(z), z = s²;
// for 2s to be exact but for a small part, it is written as f − f²/2 + s f²/2.
template <class V>
inline V log_sum(V k, V f) {
    using F = Format<Scalar<V>>;
    const V s = f / (f + 2), z = s * s, half_square = f * f * Scalar<V>(0.5);
    const V small = s * (z * polynomial(z, Logarithm<Scalar<V>>::c) + half_square) + k * F::ln2_low;
    return k * F::ln2_high - ((half_square - small) - f);
}

template <class V>
inline V log(V x) {
    using F = Format<Scalar<V>>;
    const V zero{}, infinite = broadcast<V>(F::infinity);
    const auto tiny = x < F::least_normal;
    const Split<V> d = split(tiny ? x * (std::int64_t(1) << F::mantissa) : x);
    const V y = log_sum(tiny ? d.k - F::mantissa : d.k, d.m - 1);
    const V edge = x == zero ? -infinite : x < zero ? infinite - infinite : x;
    return select((x > zero) & (x < infinite), y, edge);
}

// 1 + x is rounded; what it has lost, exactly known, joins the fraction.
template <class V>
inline V log1p(V x) {
    const V zero{}, infinite = broadcast<V>(Format<Scalar<V>>::infinity);
    const V u = x + 1, back = u - 1, lost = (1 - (u - back)) + (x - back);
    const Split<V> d = split(u);
    const V y = log_sum(d.k, (d.m - 1) + lost * (d.m / u));
    const V edge = x == -1 ? -infinite : x < -1 ? infinite - infinite : x;
    return select((x > -1) & (x < infinite) & (x != zero), y, edge);
}

}  // namespace mlnn::MLNN_ISA
