"""From a request to its reply: what goes wrong becomes a sentence for the reader."""

import re
from collections.abc import Mapping
from typing import Any

from mlnn.frame.column import TableError
from mlnn.frame.printable import told
from mlnn.play.player import Player
from mlnn.play.wire import MalformedError

SLOW = ("landscape", "table")
"""Questions that may take long, so that others need not wait for them."""

INNER = re.compile(r"'\w+' object |\w+ indices must be |unhashable type")
"""What Python itself says where a value is of another kind than expected: no words for a reader."""
STRANGE = "something that is not of the kind that was expected"


def checked_request(message: Any) -> Mapping[str, Any]:
    """Return a request, if it is one: ``{id, verb, name, detail}``.

    Raises
    ------
    MalformedError
        If it is none.
    """
    if (
        not isinstance(message, dict)
        or not message.keys() <= {"id", "verb", "name", "detail"}
        or type(message.get("id")) is not int
        or message.get("verb") not in ("get", "set", "send")
        or not isinstance(message.get("name"), str)
    ):
        raise MalformedError("this is no request: {id, verb, name, detail} was expected")
    return message


def is_slow(request: Mapping[str, Any]) -> bool:
    """Tell whether others need not wait for this one."""
    return request["verb"] == "get" and request["name"] in SLOW


def reply(player: Player, request: Mapping[str, Any]) -> dict[str, Any]:
    """Let the player do what is asked for; return ``{id, value}`` or ``{id, error}``."""
    try:
        value = getattr(player, request["verb"])(request["name"], request.get("detail"))
    except MemoryError:
        return {"id": request["id"], "error": "there is not enough memory for this"}
    except TableError as problem:
        return {"id": request["id"], "error": problem.sentence.fact}
    except (TypeError, AttributeError) as problem:
        said = told(problem)
        return {"id": request["id"], "error": f"{request['name']!r} came with {STRANGE}" if INNER.match(said) else said}
    except Exception as problem:  # the page is told, whatever it is: nothing that was trained may be lost by it
        return {"id": request["id"], "error": told(problem)}
    return {"id": request["id"], "value": value}
