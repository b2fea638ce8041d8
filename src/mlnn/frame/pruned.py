"""Some rows of a column of text carry no other labels with them than theirs."""

import numpy as np

from mlnn.frame.values import Values, Words


def pruned(values: Values) -> Values:
    """Return a column without labels that no row holds, where there are more labels than rows.

    Examples
    --------
    >>> pruned(Words(np.array([2, -1]), ("a", "b", "c"))).labels
    ('c',)
    """
    if not isinstance(values, Words) or len(values.labels) <= len(values):
        return values
    used, codes = np.unique(values.codes, return_inverse=True)
    gaps = int(len(used) and used[0] < 0)
    return Words(codes - gaps, tuple(values.labels[k] for k in used[gaps:].tolist()), values.kind)
