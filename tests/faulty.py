"""Run with ``faults.c`` preloaded: lets every face write while its n-th call of the system fails, for every n.

    python faulty.py LIBRARY FOLDER quick|slow

What came of it is printed, a line of JSON for each try; ``test_faults.py`` looks at it.
"""

import ctypes
import errno
import json
import sys
import warnings
from itertools import count
from pathlib import Path

from writing import Faces, Refused

from mlnn.frame.replacing import DRAFT

FAILURES = {"quick": (errno.ENOSPC, errno.EIO), "slow": (errno.ENOSPC,)}


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


def main():
    library, folder, which = ctypes.CDLL(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
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
