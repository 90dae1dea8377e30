"""The types of the arrays that we compute with."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]
Indices = npt.NDArray[np.int64]
AnyArray = npt.NDArray[Any]
