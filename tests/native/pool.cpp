// The pool of threads, driven hard, for ThreadSanitizer: many rounds, several callers at once, rounds inside rounds,
// tasks that throw. Built only when asked for: `.ci/run threads`; it prints what it did, or ends with 1.
#include "run/pool.hpp"

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

using mlnn::MLNN_ISA::Pool;

namespace {

void demand(bool holds, const char* what) {
    if (!holds) {
        std::printf("wrong: %s\n", what);
        std::exit(1);
    }
}

// Every task runs once, and what it wrote is seen by the caller without a lock.
void rounds(int seed, int count) {
    for (int round = 0; round < count; ++round) {
        const int tasks = 1 + (round * 7 + seed) % 23, threads = 1 + (round + seed) % 5;
        std::vector<int> done(tasks, 0);
        Pool::shared().run(threads, tasks, [&](int t) { done[t] += t + round; });
        for (int t = 0; t < tasks; ++t) demand(done[t] == t + round, "a task ran other than once");
    }
}

// What a task throws comes out where the round was started, and the next round is none the worse for it.
void failures(int count) {
    for (int round = 0; round < count; ++round) {
        std::string heard;
        try {
            Pool::shared().run(4, 16, [&](int t) {
                if (t % 5 == round % 5) throw std::runtime_error("task " + std::to_string(t));
            });
        } catch (const std::runtime_error& failure) {
            heard = failure.what();
        }
        demand(heard.rfind("task ", 0) == 0, "what a task threw was not heard");
        rounds(round, 2);
    }
}

// A task may start a round of its own. It runs there where the threads are taken, which they need not be when other
// callers had them and let go: so several threads may add to one sum.
void nested(int count) {
    for (int round = 0; round < count; ++round) {
        std::vector<std::atomic<int>> sums(8);
        Pool::shared().run(4, 8, [&](int t) { Pool::shared().run(4, 8, [&](int u) { sums[t] += u; }); });
        for (const std::atomic<int>& sum : sums) demand(sum == 28, "a round inside a round lost a task");
    }
}

// The caller looks after something else while it waits, and may be the one who fails.
void waiting(int count) {
    for (int round = 0; round < count; ++round) {
        long looked = 0;
        bool heard = false;
        try {
            Pool::shared().run(4, 8, [](int) { std::this_thread::yield(); }, [&] {
                if (++looked == 3) throw std::runtime_error("interrupted");
            });
        } catch (const std::runtime_error&) {
            heard = true;
        }
        demand(heard == (looked >= 3), "what the caller threw while it waited was not heard");
    }
}

}  // namespace

int main() {
    rounds(0, 3000);
    failures(300);
    nested(300);
    waiting(300);
    std::vector<std::thread> callers;
    for (int k = 0; k < 6; ++k)
        callers.emplace_back([k] {
            rounds(k, 1500);
            failures(100);
            nested(100);
        });
    for (std::thread& caller : callers) caller.join();
    std::printf("the pool held: 12,000 rounds, 900 failures, 900 rounds inside rounds\n");
}
