"""End trainings at random moments, and resume them, as often as is asked for.

    python tests/killed.py KILL|TERM COUNT SEED NAME…

Each life is a process of its own, forked from this one, which never trains itself. All lives of a training but the last
are ended by a signal: SIGKILL, which nobody hears, while checkpoints are written all the time; or SIGTERM, at which the
only one is written. The last one's checksum of weights, states and history must be that of the training nobody ended.
"""

import json
import math
import os
import random
import shutil
import signal
import sys
import tempfile
import time
import traceback
import warnings
from pathlib import Path

from recorded import TRAININGS
from sklearn.exceptions import ConvergenceWarning

from mlnn import Checkpoint


def life(training, checkpoint):
    """Begin to train in a child; return its number, and what its checksum can be read from."""
    ours, theirs = os.pipe()
    child = os.fork()
    if child:
        os.close(theirs)
        return child, ours
    try:
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", ConvergenceWarning)  # they train for a short while
        os.write(theirs, training(checkpoint).encode())
        os._exit(0)
    except SystemExit as ends:
        os._exit(ends.code)
    except BaseException:
        traceback.print_exc()
        os._exit(1)


def ended(child, ours):
    """Wait for a child; return the signal that ended it or its exit code, and its checksum."""
    _, status = os.waitpid(child, 0)
    with os.fdopen(ours) as pipe:
        return os.waitstatus_to_exitcode(status), pipe.read()


def kill(training, how, kills, chance):
    """End a training so often, and begin it again wherever it ended; return how often it did, and what went wrong."""
    every, dead = {signal.SIGKILL: (1e-9, [-how]), signal.SIGTERM: (3600.0, [-how, 128 + how])}[how]
    code, whole = ended(*life(training, None))
    longest, wrong = math.inf, [] if code == 0 else [f"it ended with {code}"]
    for _ in range(2):
        with tempfile.TemporaryDirectory() as folder:
            began = time.perf_counter()
            code, same = ended(*life(training, Checkpoint(folder, every)))
            longest = min(longest, time.perf_counter() - began)
        wrong += [] if (code, same) == (0, whole) else [f"with checkpoints it ended with {code}"]
    ends = killed = heard = 0
    while killed < kills and not wrong:
        folder = Path(tempfile.mkdtemp())
        while True:
            child, ours = life(training, Checkpoint(folder, every, resume=True))
            if killed < kills:
                time.sleep(chance.uniform(0.0, longest))
                os.kill(child, how)
            code, checksum = ended(child, ours)
            if code not in dead:
                break
            killed += 1
            heard += code > 0
        ends += 1
        if (code, checksum) != (0, whole):
            wrong.append(f"after {killed} kills it ended with {code}, and {'other' if checksum else 'no'} bits")
        if [each for each in folder.iterdir() if each.suffix == ".draft"]:
            wrong.append("a draft was left behind")
        shutil.rmtree(folder)
    return {"killed": killed, "heard": heard, "ends": ends, "wrong": wrong}


if __name__ == "__main__":
    how, count, seed, *names = sys.argv[1:]
    chance, share = random.Random(int(seed)), -(-int(count) // len(names))
    print(json.dumps({name: kill(TRAININGS[name], signal.Signals[f"SIG{how}"], share, chance) for name in names}))
