"""Run with ``faults.c`` preloaded: lets every face write while its n-th call of the system fails, for every n.

    python faulty.py LIBRARY FOLDER quick|slow|checkpoint

What came of it is printed, a line of JSON for each try; ``test_faults.py`` looks at it.
"""

import ctypes
import errno
import json
import shutil
import sys
import warnings
from itertools import count
from pathlib import Path

import numpy as np
from writing import Faces, Refused

from mlnn import Checkpoint, Network, Problem, Recipe, epochs
from mlnn.frame.replacing import DRAFT
from mlnn.optimizer import Adam
from mlnn.training.checkpoint import CheckpointError, newest, numbers_in

FAILURES = {"quick": (errno.ENOSPC, errno.EIO), "slow": (errno.ENOSPC,)}

NETWORK = Network.dense([2, 3, 2])
PROBLEM = Problem.of(NETWORK, np.eye(2), [0, 1])


def tries(library, path, write, failures):
    """Let one face write, until a try goes well because it makes fewer than n calls."""
    library.faults_call.restype = ctypes.c_char_p
    for number in failures:
        for n in count(1):
            path.write_bytes(b"old")
            library.faults_arm(str(path.parent).encode(), n, number)
            said = None
            try:
                write(path)
            except (OSError, Refused) as problem:
                said = f"{type(problem).__name__}: {problem}"
            finally:
                seen, call = library.faults_seen(), library.faults_call().decode()
                library.faults_arm(b"", 0, 0)
            left = [each.name for each in path.parent.rglob("*") if DRAFT.fullmatch(each.name)]
            content = path.read_bytes()
            tried = {"n": n, "number": number, "call": call, "said": said, "left": len(left)}
            yield tried | {"old": content == b"old", "size": len(content)}
            if seen < n:
                break


def training(folder, last=None, checkpoint=True):
    """Train to the end, or up to an epoch, with a checkpoint after each; return the bits that it ends in."""
    settings = Checkpoint(folder, every=1, unit="epochs", resume=True) if checkpoint else None
    theta = NETWORK.initial(np.random.default_rng(0))
    for epoch in epochs(PROBLEM, theta, Recipe(Adam(), epochs=3), checkpoint=settings):
        if epoch.number == last:
            break
    return [*(part.tobytes() for part in (epoch.theta, *epoch.state)), epoch.number]


def checkpoints(library, folder):
    """Let a checkpoint's calls fail while training writes it, and while it is resumed; then train on to the end."""
    library.faults_call.restype = ctypes.c_char_p
    whole = training(folder, checkpoint=False)
    for face, begun, number in (("checkpoint: writing", 0, errno.ENOSPC), ("checkpoint: resuming", 2, errno.EIO)):
        for n in count(1):
            shutil.rmtree(folder, ignore_errors=True)
            if begun:
                training(folder, begun)
            before, said, ended = set(numbers_in(folder)), None, whole
            with warnings.catch_warnings(record=True) as warned:
                warnings.simplefilter("always")
                library.faults_arm(str(folder).encode(), n, number)
                try:
                    ended = training(folder)
                except (OSError, CheckpointError) as problem:
                    said = f"{type(problem).__name__}: {problem}"
                finally:
                    seen, call = library.faults_seen(), library.faults_call().decode()
                    library.faults_arm(b"", 0, 0)
            said = said or next((f"file: {each.message}" for each in warned), None)  # it names one in the folder
            left = [each.name for each in folder.glob("*") if DRAFT.fullmatch(each.name)]
            there = numbers_in(folder)
            kept = not there or bool(newest(folder).streams)
            tried = {"n": n, "number": number, "call": call, "said": said, "left": len(left), "size": len(there)}
            same = ended == whole == training(folder) and (bool(there) or not before)
            yield tried | {"face": face, "same": same, "old": kept and said is not None}
            if seen < n:
                break


def main():
    library, folder, which = ctypes.CDLL(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    if which == "checkpoint":
        for tried in checkpoints(library, folder / "file"):
            print(json.dumps(tried), flush=True)
        return
    (folder / "in").mkdir()
    (folder / "out").mkdir()
    faces = Faces(folder / "in")
    before = faces.predictions()
    for face, write in getattr(faces, which).items():
        for tried in tries(library, folder / "out" / "file", write, FAILURES[which]):
            print(json.dumps({"face": face, "same": faces.predictions() == before} | tried), flush=True)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main()
