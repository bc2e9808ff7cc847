# %% [markdown]
# Sexual grooming in England and Wales, from a service at COLLATE_SERVER.
# Each part is a cell of a notebook; as a script it runs from top to bottom:
#
#   client/python/make_stubs build/python
#   PYTHONPATH=client/python:build/python python3 client/python/example.py

# %%
import os

from collate_client import Client, CollateError

collate = Client(os.environ.get("COLLATE_SERVER", "127.0.0.1:7443"))

# %% One number, who is behind it, and what it can be.
answer = collate.query("offences", where={"offence": "88A"},
                       periods=["2017/18"], panel="england-wales-forces")
print(answer.frame[["period", "value", "lower", "upper", "state", "coverage"]])

# %% By reporter. Whoever printed nothing has no number, and a state.
forces = collate.query("offences", where={"offence": "88A"}, by=["reporter"],
                       periods=["2017/18"], panel="uk-territorial-forces")
table = forces.frame
print(table[table.value.isna()][["reporter", "value", "state"]])
print("sum of what is printed:", table.value.sum())

# %% The printed cells behind the greatest of them.
row = table.value.idxmax()
print(table.loc[row, "reporter"], table.loc[row, "value"])
print(forces.citations[forces.citations.cell == row]
      [["document", "locator", "raw"]])

# %% What is refused says why, and what was near.
try:
    collate.query("offences", where={"offence": "88Z"}, periods=["2017/18"])
except CollateError as error:
    print(error.reason, error.metadata.get("near_matches"))

# %%
collate.close()
