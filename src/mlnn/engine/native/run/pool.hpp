// A few threads that wait for work: a step's blocks of rows, then its pieces of θ.
//
// Tasks are claimed one by one, the caller claiming too. A worker that the system is slow to wake therefore costs
// nothing but its help: nobody waits for it, only for tasks that somebody is in the middle of. What a task computes
// does not depend on who runs it: workers take over how the caller computes with floating-point numbers.
#pragma once

#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>

#include "kernel/flushing.hpp"

namespace mlnn::MLNN_ISA {

class Pool {
  public:
    // The process's own pool. A child process begins with a new one, because threads do not survive a fork.
    static Pool& shared() {
        static std::atomic<Pool*> pool{nullptr};
        static const int told_of_forks = pthread_atfork(nullptr, nullptr, [] { pool.store(nullptr); });
        (void)told_of_forks;
        Pool* mine = pool.load();
        if (!mine) pool.store(mine = new Pool);  // never deleted: workers hold on to it
        return *mine;
    }

    // Runs work(0) … work(tasks − 1) on at most `threads` threads, this one among them.
    template <class Work>
    void run(int threads, int tasks, const Work& work) {
        run(threads, tasks, work, [] {});
    }

    // The same; while this thread waits for the others, it calls `waiting` over and over. What a task throws comes out of
    // here, once all tasks that were begun have ended; those that were not begun are left out.
    template <class Work, class Waiting>
    void run(int threads, int tasks, const Work& work, const Waiting& waiting) {
        threads = std::min({threads, tasks, cores()});
        if (threads < 2 || busy_.exchange(true)) {
            for (int t = 0; t < tasks; ++t) work(t);
            return;
        }
        grow(threads - 1);
        {
            std::lock_guard<std::mutex> lock(mutex_);
            call_ = [](const void* w, int t) { (*static_cast<const Work*>(w))(t); };
            work_ = &work;
            floating_ = Floating::current();
            seats_ = threads - 1;
            tasks_ = tasks;
            unfinished_.store(tasks);
            next_.store(0);
            round_.fetch_add(1);
        }
        wake_.notify_all();
        drain();
        wait_for(unfinished_, waiting);
        {
            std::lock_guard<std::mutex> lock(mutex_);  // from here on no late worker takes a seat in this round
            seats_ = 0;
        }
        wait_for(inside_, waiting);
        const std::exception_ptr failure = std::exchange(failure_, nullptr);
        failed_.store(false);
        busy_.store(false);
        if (failure) std::rethrow_exception(failure);
    }

  private:
    static constexpr int SPINS = 4000;  // some ten microseconds: most rounds follow each other faster than sleep does

    static void pause() {
#if defined(__x86_64__)
        __builtin_ia32_pause();
#endif
    }

    // More threads than cores would only take turns.
    static int cores() {
        static const int count = std::max(1u, std::thread::hardware_concurrency());
        return count;
    }

    // Where the system gives no more threads, those that there are do the work.
    void grow(int workers) noexcept {
        try {
            for (; workers_ < workers; ++workers_) std::thread([this] { wait(); }).detach();
        } catch (const std::exception&) {
        }
    }

    // Keeps the first exception for whoever called: none may leave a worker.
    template <class Work>
    void attempt(const Work& work) noexcept {
        try {
            work();
        } catch (...) {
            if (!failed_.exchange(true)) failure_ = std::current_exception();
        }
    }

    // Where cores are shared, a worker may have lost its own in the middle of a task: then make room for it.
    template <class Waiting>
    void wait_for(const std::atomic<int>& others, const Waiting& waiting) {
        for (int spin = 0; others.load() > 0; ++spin) {
            attempt(waiting);
            spin < SPINS ? pause() : std::this_thread::yield();
        }
    }

    void wait() {
        unsigned seen = 0;
        for (;;) {
            for (int spin = 0; spin < SPINS && round_.load() == seen; ++spin) pause();
            {
                std::unique_lock<std::mutex> lock(mutex_);
                wake_.wait(lock, [&] { return round_.load() != seen; });
                seen = round_.load();
                if (seats_ == 0 || next_.load() >= tasks_) continue;
                --seats_;
                inside_.fetch_add(1);
                floating_.set();
            }
            drain();
            inside_.fetch_sub(1);
        }
    }

    void drain() {
        for (int t = next_.fetch_add(1); t < tasks_; t = next_.fetch_add(1)) {
            if (!failed_.load(std::memory_order_relaxed)) attempt([&] { call_(work_, t); });
            unfinished_.fetch_sub(1);
        }
    }

    std::mutex mutex_;
    std::condition_variable wake_;
    std::atomic<bool> busy_{false}, failed_{false};
    std::exception_ptr failure_;
    std::atomic<unsigned> round_{0};
    std::atomic<int> next_{0}, unfinished_{0}, inside_{0};
    void (*call_)(const void*, int) = nullptr;
    const void* work_ = nullptr;
    Floating floating_;
    int tasks_ = 0, seats_ = 0, workers_ = 0;
};

}  // namespace mlnn::MLNN_ISA
