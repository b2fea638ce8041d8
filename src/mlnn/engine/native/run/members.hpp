// Many networks of one shape, trained side by side: every member on one thread, as many at a time as there are engines.
#pragma once

#include "run/engine.hpp"

namespace mlnn::MLNN_ISA {

// Takes every member's steps. A member's numbers are those that it has alone on one
// thread. A single member has all threads.
template <class T, class Interrupted>
void run_members(const std::vector<Engine<T>*>& engines, const std::vector<Member<T>>& members,
                 const OptimizerDescription& optimizer, int threads, Interrupted& interrupted) {
    if (members.size() == 1) return engines[0]->run(members[0], optimizer, threads, interrupted);
    std::vector<Engine<T>*> free = engines;
    std::mutex mutex;
    const auto work = [&](int m) {
        std::unique_lock<std::mutex> lock(mutex);
        Engine<T>* engine = free.back();
        free.pop_back();
        lock.unlock();
        engine->run(members[m], optimizer, 1, interrupted);
        lock.lock();
        free.push_back(engine);
    };
    Pool::shared().run(int(engines.size()), int(members.size()), work, [&] { interrupted(); });
}

}  // namespace mlnn::MLNN_ISA
