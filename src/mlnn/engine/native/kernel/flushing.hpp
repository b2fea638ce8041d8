// Numbers too small for full precision: the processor takes each of them with a hundred cycles of microcode.
#pragma once

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include <cstdint>

namespace mlnn::MLNN_ISA {

// How this thread rounds and what it does with subnormal numbers.
class Floating {
  public:
#if defined(__x86_64__)
    static Floating current() { return Floating(_mm_getcsr()); }
    void set() const { _mm_setcsr(unsigned(bits_)); }
    Floating flushed() const { return Floating(bits_ | 0x8040); }  // results flushed to zero, operands taken as zero
#elif defined(__aarch64__)
    static Floating current() {
        std::uint64_t bits;
        __asm__ volatile("mrs %0, fpcr" : "=r"(bits));
        return Floating(bits);
    }
    void set() const { __asm__ volatile("msr fpcr, %0" : : "r"(bits_)); }
    Floating flushed() const { return Floating(bits_ | (std::uint64_t(1) << 24)); }
#else
    static Floating current() { return Floating(0); }
    void set() const {}
    Floating flushed() const { return *this; }
#endif
    Floating() = default;

  private:
    explicit Floating(std::uint64_t bits) : bits_(bits) {}
    std::uint64_t bits_ = 0;
};

// As long as it lives, this thread takes subnormal numbers as zeros. A network that has learned its rows nearly by
// heart has many of them in single precision, as gradients and as their squares, and would train three times as slowly.
class Flushing {
  public:
    Flushing() { before_.flushed().set(); }
    ~Flushing() { before_.set(); }
    Flushing(const Flushing&) = delete;
    Flushing& operator=(const Flushing&) = delete;

  private:
    const Floating before_ = Floating::current();
};

}  // namespace mlnn::MLNN_ISA
