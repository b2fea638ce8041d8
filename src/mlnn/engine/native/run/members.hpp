// Many networks of one shape, trained side by side: every member on one thread, as many at a time as there are trainers.
#pragma once

#include "run/trainer.hpp"

namespace mlnn::MLNN_ISA {

// Takes every member's steps; returns how many each has completed. A member's numbers are those that it has alone on one
// thread. A single member has all threads.
template <class T>
std::vector<Size> run_members(const std::vector<Trainer<T>*>& trainers, const std::vector<Member<T>>& members,
                 const UpdatePlan& update, int threads, const Interrupted& interrupted) {
    if (members.size() == 1) return {trainers[0]->run(members[0], update, threads, interrupted)};
    std::vector<Size> taken(members.size());
    std::vector<Trainer<T>*> free = trainers;
    std::mutex mutex;
    const auto work = [&](int m) {
        std::unique_lock<std::mutex> lock(mutex);
        Trainer<T>* trainer = free.back();
        free.pop_back();
        lock.unlock();
        taken[m] = trainer->run(members[m], update, 1, interrupted);
        lock.lock();
        free.push_back(trainer);
    };
    Pool::shared().run(int(trainers.size()), int(members.size()), work, [&] { interrupted(); });
    return taken;
}

}  // namespace mlnn::MLNN_ISA
