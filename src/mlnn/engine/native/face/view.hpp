// Arrays of Python's as they lie in memory: nothing is converted and nothing copied, so what is written is written there.
#pragma once

#include <nanobind/nanobind.h>

#include <sstream>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

#include "rows.hpp"

namespace mlnn::MLNN_ISA {

namespace nb = nanobind;

template <class V>
constexpr const char* type_name = std::is_floating_point_v<V> ? sizeof(V) == 4 ? "float32" : "float64"
                                  : sizeof(V) == 4            ? "int32"
                                                              : "int64";

// A sentence of texts and numbers.
template <class... Parts>
std::string words(const Parts&... parts) {
    std::ostringstream sentence;
    (sentence << ... << parts);
    return sentence.str();
}

// Keeps an array in its place as long as it lives. It must be destroyed under the interpreter's lock.
class View {
  public:
    View() = default;
    View(nb::handle array, const char* name, int dimensions, bool writable = false) : name_(name) {
        const int flags = PyBUF_STRIDES | PyBUF_FORMAT | (writable ? PyBUF_WRITABLE : 0);
        if (PyObject_GetBuffer(array.ptr(), &buffer_, flags)) {
            buffer_.obj = nullptr;
            PyErr_Clear();
            fail(writable ? " must be a writable array" : " must be an array");
        }
        if (buffer_.ndim != dimensions) {
            std::string shape;
            for (int d = 0; d < buffer_.ndim; ++d) shape += (d ? ", " : "") + std::to_string(buffer_.shape[d]);
            PyBuffer_Release(&buffer_);
            throw std::invalid_argument(words(name, " must have ", dimensions == 1 ? "one dimension" : "two dimensions",
                                              ", but its shape is (", shape, ")"));
        }
    }
    View(View&& other) noexcept { *this = std::move(other); }
    View& operator=(View&& other) noexcept {
        std::swap(buffer_, other.buffer_), std::swap(name_, other.name_);
        return *this;
    }
    ~View() {
        if (buffer_.obj) PyBuffer_Release(&buffer_);
    }

    Size size(int dimension = 0) const { return buffer_.shape[dimension]; }

    template <class V>
    bool holds() const {
        const char* format = buffer_.format;
        const char kind = *format == '@' || *format == '=' ? format[1] : *format;
        const bool same = std::is_floating_point_v<V> ? kind == (sizeof(V) == 4 ? 'f' : 'd')
                                                      : kind == 'i' || kind == 'l' || kind == 'q';
        return same && buffer_.itemsize == sizeof(V) && std::size_t(buffer_.buf) % alignof(V) == 0;
    }

    // The elements of a vector, or of a matrix that lies row after row.
    template <class V>
    V* whole() const {
        require<V>();
        Py_ssize_t step = sizeof(V);
        for (int d = buffer_.ndim; d-- > 0; step *= buffer_.shape[d])
            if (buffer_.shape[d] > 1 && buffer_.strides[d] != step) fail(" must lie in one piece, row after row");
        return static_cast<V*>(buffer_.buf);
    }
    // A matrix whose columns are neighbours, wherever its rows lie.
    template <class V>
    Matrix<V> matrix() const {
        require<V>();
        if ((size(1) > 1 && buffer_.strides[1] != sizeof(V)) || buffer_.strides[0] % Py_ssize_t(sizeof(V)))
            fail(" must have columns that are neighbours");
        return {static_cast<const V*>(buffer_.buf), size(0), size(1), buffer_.strides[0] / Py_ssize_t(sizeof(V))};
    }

    // The bytes from the first to the last, both in and beyond.
    std::pair<const char*, const char*> extent() const {
        const char* first = static_cast<const char*>(buffer_.buf);
        const char* last = first + buffer_.itemsize;
        for (int d = 0; d < buffer_.ndim; ++d) {
            if (buffer_.shape[d] == 0) return {first, first};
            const Py_ssize_t reach = (buffer_.shape[d] - 1) * buffer_.strides[d];
            (reach < 0 ? first : last) += reach;
        }
        return {first, last};
    }
    bool overlaps(const View& other) const {
        const auto [first, last] = extent();
        const auto [begin, end] = other.extent();
        return first < end && begin < last;
    }

    [[noreturn]] void fail(const std::string& what) const { throw nb::type_error((name_ + what).c_str()); }
    void require_size(Size wanted) const {
        if (size() == wanted) return;
        throw std::invalid_argument(words(name_, " must have shape (", wanted, ",), but its shape is (", size(), ",)"));
    }

  private:
    template <class V>
    void require() const {
        if (!holds<V>()) fail(std::string(" must be an array of ") + type_name<V>);
    }

    Py_buffer buffer_{};
    const char* name_ = "";
};

}  // namespace mlnn::MLNN_ISA
