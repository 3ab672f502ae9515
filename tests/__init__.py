"""The tests look into the core's places; the processes that they start do not: the setting is read and gone."""

import os

os.environ["ANTAR_FAILPOINTS"] = "observed"

from shared import failpoints as failpoints

del os.environ["ANTAR_FAILPOINTS"]
