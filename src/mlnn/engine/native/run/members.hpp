// Many networks of one shape, trained side by side: every member on one thread at a time, on as many as there are trainers.
#pragma once

#include <deque>
#include <numeric>

#include "run/trainer.hpp"

namespace mlnn::MLNN_ISA {

// Takes every member's steps; returns how many each has completed. A member's numbers are those that it has alone on one
// thread. A single member has all threads. Where members do not come out even, they take turns in parts, so that no
// thread is without one before all are nearly through: three on two threads take the time of one and a half, not of two.
template <class T>
std::vector<Size> run_members(const std::vector<Trainer<T>*>& trainers, const std::vector<Member<T>>& members,
                 const UpdatePlan& update, int threads, const Interrupted& interrupted, Group* group) {
    if (members.size() == 1) return {trainers[0]->run(members[0], update, threads, interrupted, group)};
    if (group) throw std::invalid_argument("a group trains one network at a time");
    const Size turns = members.size() % trainers.size() ? Size(trainers.size()) : 1;
    std::vector<Size> taken(members.size());
    std::deque<std::size_t> waiting(members.size());
    std::iota(waiting.begin(), waiting.end(), 0);
    std::mutex mutex;
    const auto work = [&](int thread) {
        std::unique_lock<std::mutex> lock(mutex);
        while (!waiting.empty()) {
            const std::size_t m = waiting.front();
            waiting.pop_front();
            lock.unlock();
            const Size count = members[m].steps.count, from = taken[m];
            const Size to = std::min(count, from + (count + turns - 1) / turns);
            taken[m] += trainers[thread]->run(members[m].part(from, to), update, 1, interrupted);
            lock.lock();
            if (taken[m] == to && to < count) waiting.push_back(m);
        }
    };
    Pool::shared().run(int(trainers.size()), int(trainers.size()), work, [&] { interrupted(); });
    return taken;
}

}  // namespace mlnn::MLNN_ISA
