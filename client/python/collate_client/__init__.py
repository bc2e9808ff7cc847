"""collate's answers as pandas frames.

    from collate_client import Client

    with Client("127.0.0.1:7443") as collate:
        answer = collate.query(
            "offences", where={"offence": "88A"}, by=["reporter"],
            periods=["2017/18"], panel="england-wales-forces")
        answer.frame        # value, lower, upper, state, coverage ...
        answer.citations    # every printed cell behind every number

A number that is not there is pandas.NA, never 0, and `state` says why.

The modules of the protocol are made by `client/python/make_stubs` and must be
in PYTHONPATH.
"""

import google
import pathlib
import sys

# Debian's `google` package is a plain one, so that what make_stubs wrote beside
# it is added to its path.
for _folder in sys.path:
    _beside = pathlib.Path(_folder) / "google"
    if ((_beside / "rpc" / "status_pb2.py").exists()
            and str(_beside) not in google.__path__):
        google.__path__.append(str(_beside))

from .client import Answer, Change, Client, Share  # noqa: E402
from .errors import CollateError  # noqa: E402

__all__ = ["Answer", "Change", "Client", "CollateError", "Share"]
