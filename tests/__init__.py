"""All tests. In their own process the core has places where its work may end; in the processes they start, none."""

import os

os.environ["ANTAR_FAILPOINTS"] = "observed"

from shared import failpoints as failpoints  # reads the setting now, once

del os.environ["ANTAR_FAILPOINTS"]
