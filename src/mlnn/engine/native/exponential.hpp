// exp and its kin for vectors of numbers: no branches and no calls, so that a number costs what its share of a vector
// does. The coefficients were fitted for the purpose, by reweighted least squares in 70 digits, each one rounded
// before the next was fitted.
#pragma once

#include "arithmetic.hpp"

#if defined(__AVX512F__) && !defined(MLNN_PORTABLE)
#define MLNN_EXP_TABLE  // one instruction looks up every lane's entry in a table of a vector's length
#endif

namespace mlnn::MLNN_ISA {

// What the functions below know of a format and fit to its precision.
template <class T>
struct Exponential;

template <>
struct Exponential<float> {
    typedef std::uint32_t words __attribute__((vector_size(MLNN_VECTOR_BYTES)));
    static constexpr int mantissa = 23, bias = 127;
    static constexpr float least_normal = 0x1p-126f;
    // exp is 0 below and ∞ above; expm1 is −1 below; tanh and erf are 1 above
    static constexpr float exp_low = -104, exp_high = 89, expm1_low = -18, tanh_one = 9.1f, erf_one = 3.93f;
    // ln 2 in two parts, the first so short that its product with an exponent is exact
    static constexpr float log2_e = 1.44269504f, ln2_high = 0.693145752f, ln2_low = 1.42860677e-6f;
    // c[0] + c[1] r + … = (exp r − 1 − r)/r² where |r| ≤ ln 2 / (2 · steps)
#if defined(MLNN_EXP_TABLE)
    static constexpr int steps = 16;
    static constexpr float c[] = {0.5f, 0.16666992f, 0.0416670479f};
    static constexpr float power[] = {1.0f,        1.04427373f, 1.09050775f, 1.13878858f, 1.18920708f, 1.24185777f,
                                      1.29683959f, 1.35425556f, 1.41421354f, 1.47682619f, 1.54221082f, 1.61049032f,
                                      1.68179286f, 1.75625217f, 1.8340081f,  1.91520655f};
    static constexpr float lost[] = {0.0f,            4.62854715e-8f,  -1.19921575e-8f, 4.72978243e-8f,
                                     3.19341815e-8f,  3.62105723e-8f,  -3.09907193e-8f, -7.47521334e-9f,
                                     1.71142709e-8f,  -3.04768335e-8f, 5.23333421e-9f,  6.10759177e-9f,
                                     -1.47196051e-8f, -5.25879518e-9f, -6.12825968e-9f, 5.14060927e-9f};
#else
    static constexpr int steps = 1;
    static constexpr float c[] = {0.49999997f, 0.166665465f, 0.0416674688f, 0.00836626533f, 0.00138675142f};
#endif
    // −log(1 − erf a)/a − 1 for 0 ≤ a ≤ erf_one
    static constexpr float erf[] = {0.128379166f,    0.636619568f,     0.102776282f,   -0.0191476531f, -0.000169965278f,
                                    0.00167626457f, -0.000637742749f, 0.000118980592f, -9.40242808e-6f};
};

template <>
struct Exponential<double> {
    typedef std::uint64_t words __attribute__((vector_size(MLNN_VECTOR_BYTES)));
    static constexpr int mantissa = 52, bias = 1023;
    static constexpr double least_normal = 0x1p-1022;
    static constexpr double exp_low = -746, exp_high = 710, expm1_low = -38, tanh_one = 19.1, erf_one = 5.94;
    static constexpr double log2_e = 1.4426950408889634, ln2_high = 0.6931471805601177,
                            ln2_low = -1.7239444525614835e-13;
#if defined(MLNN_EXP_TABLE)
    static constexpr int steps = 8;
    static constexpr double c[] = {0.5,
                                   0.16666666666667007,
                                   0.04166666666666585,
                                   0.00833333332238058,
                                   0.0013888888895486366,
                                   0.00019842270189851952,
                                   2.4801966543693035e-05};
    static constexpr double power[] = {1.0,                1.0905077326652577, 1.189207115002721,  1.2968395546510096,
                                       1.4142135623730951, 1.5422108254079407, 1.681792830507429,  1.8340080864093424};
    static constexpr double lost[] = {0.0,
                                      -2.7939114859515733e-17,
                                      3.3484623336251524e-17,
                                      1.9572585293112036e-17,
                                      -6.835808657661922e-17,
                                      5.1548301170786783e-17,
                                      4.875160526227062e-17,
                                      1.790126907604513e-17};
#else
    static constexpr int steps = 1;
    static constexpr double c[] = {0.5000000000000006,     0.1666666666666661,    0.04166666666657363,
                                   0.008333333333376155,   0.0013888888932395813, 0.00019841269748200317,
                                   2.4801504398980268e-05, 2.755738122289546e-06, 2.762635552658901e-07,
                                   2.5062195122310048e-08};
#endif
    // the quotient of two polynomials
    static constexpr double erf[] = {0.12837916709551256, 0.854536906917939,   1.3585782020289872,
                                     1.107841329652106,   0.5484755558044427,  0.17178418423694952,
                                     0.03297832535064037, 0.003399203250270738, 0.0001227027773756563};
    static constexpr double erf_below[] = {1,
                                           1.6974493563136037,
                                           1.364518713343845,
                                           0.6530568514625369,
                                           0.1960619978830043,
                                           0.035916280406526314,
                                           0.0035194386150113268,
                                           0.0001227237795501738};
};

template <class V>
using Bits = Integers<Scalar<V>>;

// c[0] + c[1] x + c[2] x² …, pair by pair: half the latency of one power after the other.
template <class V, int n>
inline V polynomial(V x, const Scalar<V> (&c)[n]) {
    const V square = x * x;
    V y = n % 2 ? broadcast<V>(c[n - 1]) : c[n - 1] * x + c[n - 2];
    for (int k = (n - 1) / 2 * 2 - 2; k >= 0; k -= 2) y = y * square + (c[k + 1] * x + c[k]);
    return y;
}

#if defined(MLNN_EXP_TABLE)
inline Vector<float> look_up(const float* table, Vector<float> index) {
    return _mm512_maskz_permutexvar_ps(0xffff, (__m512i)index, load(table));
}
inline Vector<double> look_up(const double* table, Vector<double> index) {
    return _mm512_maskz_permutexvar_pd(0xff, (__m512i)index, load(table));
}
inline Vector<float> scaled(Vector<float> x, Vector<float> n) { return _mm512_maskz_scalef_ps(0xffff, x, n); }
inline Vector<double> scaled(Vector<double> x, Vector<double> n) { return _mm512_maskz_scalef_pd(0xff, x, n); }
#endif

// x = n ln 2 + high − low, n a multiple of 1/steps, |high − low| ≤ ln 2 / (2 · steps), high exact.
// `shifted` holds (n − 1) · steps as an integer in its lowest bits.
template <class V>
struct Reduced {
    V shifted, n, high, low;
};

template <class V>
inline Reduced<V> reduced(V x) {
    using E = Exponential<Scalar<V>>;
    // in numbers of this size the last bit is worth 1/steps
    constexpr Scalar<V> shift = Scalar<V>(1.5) * (std::int64_t(1) << E::mantissa) / E::steps;
    const V shifted = x * E::log2_e + (shift - 1), n = shifted - (shift - 1);
    return {shifted, n, x - n * E::ln2_high, n * E::ln2_low};
}

// 2 to the n, n an integer in the lowest bits.
template <class V>
inline V power_of_two(Bits<V> n) {
    using E = Exponential<Scalar<V>>;
    return (V)((n + E::bias) << E::mantissa);
}

template <class V>
inline V exp(V x) {
    using E = Exponential<Scalar<V>>;
    const Reduced<V> d = reduced(smaller(broadcast<V>(E::exp_high), larger(broadcast<V>(E::exp_low), x)));
    const V r = d.high - d.low, square = r * r, q = polynomial(r, E::c);
#if defined(MLNN_EXP_TABLE)
    const V power = look_up(E::power, d.shifted);
    return scaled(power * (square * q + r) + power, d.n);
#else
    // In two steps, of n/2 each: 2ⁿ alone may be too large, or too small, for a normal number.
    const Bits<V> n = (Bits<V>)d.shifted, half = (Bits<V>)((typename E::words)n >> 1);
    return (square * q + (r + 1)) * power_of_two<V>(half) * power_of_two<V>(n - half + 1);
#endif
}

// (exp x − 1)/2. The sum has rounding errors of its last two additions only: the rest of it is exact or small.
template <class V>
inline V half_expm1(V x) {
    using E = Exponential<Scalar<V>>;
    const Reduced<V> d = reduced(x);
    const Bits<V> n = (Bits<V>)d.shifted;
#if defined(MLNN_EXP_TABLE)
    constexpr int whole = E::mantissa - (E::steps == 8 ? 3 : 4);
    const V half = (V)((Bits<V>)look_up(E::power, d.shifted) + ((n & -E::steps) << whole));
    const V low = look_up(E::lost, d.shifted) - d.low;
#else
    const V half = power_of_two<V>(n), low = -d.low;
#endif
    const V r = d.high + low, rest = r * r * polynomial(r, E::c) + low;
    return half * rest + (half * d.high + (half - Scalar<V>(0.5)));
}

template <class V>
inline V expm1(V x) {
    using E = Exponential<Scalar<V>>;
    const V y = half_expm1(smaller(broadcast<V>(E::exp_high), larger(broadcast<V>(E::expm1_low), x)));
    return absolute(x) < E::least_normal ? x : y + y;
}

// (1 − exp −2|x|) / (1 + exp −2|x|): as accurate near 0 as expm1 is.
template <class V>
inline V tanh(V x) {
    const V a = larger(broadcast<V>(-Exponential<Scalar<V>>::tanh_one), -absolute(x)), y = half_expm1(a + a);
    return with_sign(y / (y + 1), x);
}

// 1 − exp(log(1 − erf |x|)): one formula from 0 to where erf is 1, and nowhere less accurate than the logarithm.
template <class V>
inline V erf(V x) {
    using E = Exponential<Scalar<V>>;
    const V a = smaller(broadcast<V>(E::erf_one), absolute(x));
    V c = polynomial(a, E::erf);
    if constexpr (sizeof(x[0]) == 8) c /= polynomial(a, E::erf_below);
    return with_sign(2 * half_expm1(-(c * a + a)), x);
}

}  // namespace mlnn::MLNN_ISA
