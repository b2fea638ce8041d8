// Memory that is taken once, zeroed, and begins on a cache line.
#pragma once

#include <new>
#include <utility>

#include "kernel/vector.hpp"

namespace mlnn::MLNN_ISA {

template <class T>
class Buffer {
  public:
    explicit Buffer(std::int64_t size = 0) : size_(size) {
        if (!size) return;
        data_ = static_cast<T*>(::operator new(size * sizeof(T), std::align_val_t(64)));
        std::memset(static_cast<void*>(data_), 0, size * sizeof(T));
    }
    Buffer(Buffer&& other) noexcept { *this = std::move(other); }
    Buffer& operator=(Buffer&& other) noexcept {
        std::swap(data_, other.data_);
        std::swap(size_, other.size_);
        return *this;
    }
    Buffer(const Buffer&) = delete;
    Buffer& operator=(const Buffer&) = delete;
    ~Buffer() {
        if (data_) ::operator delete(data_, std::align_val_t(64));
    }

    T* get() const { return data_; }
    T& operator[](std::int64_t i) const { return data_[i]; }
    std::int64_t size() const { return size_; }

  private:
    T* data_ = nullptr;
    std::int64_t size_ = 0;
};

}  // namespace mlnn::MLNN_ISA
