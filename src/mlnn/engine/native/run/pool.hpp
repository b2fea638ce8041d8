// A few threads that wait for work: a step's blocks of rows, then its pieces of θ.
//
// Tasks are claimed one by one, the caller claiming too. A worker that the system is slow to wake therefore costs
// nothing but its help: nobody waits for it, only for tasks that somebody is in the middle of. What a task computes
// does not depend on who runs it.
#pragma once

#include <pthread.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

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

    // The same; while this thread waits for the others, it calls `waiting` over and over.
    template <class Work, class Waiting>
    void run(int threads, int tasks, const Work& work, const Waiting& waiting) {
        if (threads < 2 || tasks < 2 || busy_.exchange(true)) {
            for (int t = 0; t < tasks; ++t) work(t);
            return;
        }
        grow(threads - 1);
        {
            std::lock_guard<std::mutex> lock(mutex_);
            call_ = [](const void* w, int t) { (*static_cast<const Work*>(w))(t); };
            work_ = &work;
            seats_ = threads - 1;
            tasks_ = tasks;
            unfinished_.store(tasks);
            next_.store(0);
            round_.fetch_add(1);
        }
        wake_.notify_all();
        drain();
        // Where cores are shared, a worker may have lost its own in the middle of a task: then make room for it.
        for (int spin = 0; unfinished_.load() > 0 || inside_.load() > 0; ++spin) {
            waiting();
            spin < SPINS ? pause() : std::this_thread::yield();
        }
        busy_.store(false);
    }

  private:
    static constexpr int SPINS = 4000;  // some ten microseconds: most rounds follow each other faster than sleep does

    static void pause() {
#if defined(__x86_64__)
        __builtin_ia32_pause();
#endif
    }

    void grow(int workers) {
        while (int(workers_) < workers) {
            ++workers_;
            std::thread([this] { wait(); }).detach();
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
            }
            drain();
            inside_.fetch_sub(1);
        }
    }

    void drain() {
        for (int t = next_.fetch_add(1); t < tasks_; t = next_.fetch_add(1)) {
            call_(work_, t);
            unfinished_.fetch_sub(1);
        }
    }

    std::mutex mutex_;
    std::condition_variable wake_;
    std::atomic<bool> busy_{false};
    std::atomic<unsigned> round_{0};
    std::atomic<int> next_{0}, unfinished_{0}, inside_{0};
    void (*call_)(const void*, int) = nullptr;
    const void* work_ = nullptr;
    int tasks_ = 0, seats_ = 0, workers_ = 0;
};

}  // namespace mlnn::MLNN_ISA
