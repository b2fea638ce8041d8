// Portable SIMD: GCC's and Clang's vector extensions, as wide as the instruction set this file is compiled for.
//
// The same kernels are compiled once for every instruction set, each time into a namespace of its own, MLNN_ISA:
// the linker must never take a function compiled for one set into the code of another.
#pragma once

#include <cstdint>
#include <cstring>

#if defined(__AVX512F__)
#define MLNN_VECTOR_BYTES 64
#elif defined(__AVX__)
#define MLNN_VECTOR_BYTES 32
#else
#define MLNN_VECTOR_BYTES 16
#endif

namespace mlnn::MLNN_ISA {

template <class T>
struct Lanes;

template <>
struct Lanes<float> {
    typedef float vector __attribute__((vector_size(MLNN_VECTOR_BYTES)));
    typedef std::int32_t integers __attribute__((vector_size(MLNN_VECTOR_BYTES)));
};

template <>
struct Lanes<double> {
    typedef double vector __attribute__((vector_size(MLNN_VECTOR_BYTES)));
    typedef std::int64_t integers __attribute__((vector_size(MLNN_VECTOR_BYTES)));
};

template <class T>
using Vector = typename Lanes<T>::vector;

// What a comparison of two vectors gives: −1 where it holds, 0 elsewhere.
template <class T>
using Integers = typename Lanes<T>::integers;

template <class T>
constexpr int lanes = MLNN_VECTOR_BYTES / sizeof(T);

// The scalar type of a vector type.
template <class V>
struct ScalarOf;
template <>
struct ScalarOf<Vector<float>> {
    using type = float;
};
template <>
struct ScalarOf<Vector<double>> {
    using type = double;
};
template <class V>
using Scalar = typename ScalarOf<V>::type;

// n rounded up to whole vectors.
template <class T>
constexpr std::int64_t padded(std::int64_t n) {
    return (n + lanes<T> - 1) / lanes<T> * lanes<T>;
}

template <class T>
inline Vector<T> load(const T* p) {
    Vector<T> v;
    std::memcpy(&v, p, sizeof v);
    return v;
}

template <class T>
inline void store(T* p, Vector<T> v) {
    std::memcpy(p, &v, sizeof v);
}

template <class V>
inline V broadcast(Scalar<V> x) {
    return x - V{};  // x − 0 is x, −0 included, and compilers see the broadcast in it
}

}  // namespace mlnn::MLNN_ISA
