"""Several processes behind nginx on PostgreSQL: whatever is killed or restarted, every visitor is answered, once and rightly."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from benchmarks.cluster import BETWEEN, VISITORS, new_model, prove, running
from benchmarks.visitors import ANSWERED, count
from tests.support import nginx, postgresql

WITHOUT = "THE CLUSTER WAS NOT TESTED. It takes nginx and PostgreSQL; on Debian: apt-get install nginx postgresql"
# Three processes with nginx and PostgreSQL take more than a minute.
pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not (nginx.NGINX and postgresql.PROGRAMS or os.environ.get("CI")), reason=WITHOUT),
]


# Seconds between the faults. The longer proof is the one that `make test-cluster` prints.
@pytest.mark.parametrize("between", [4.0, BETWEEN])
def test_nothing_is_lost_doubled_or_mixed_up_whatever_is_restarted(tmp_path: Path, between: float) -> None:
    with running(new_model(tmp_path)) as cluster:
        proof = asyncio.run(prove(cluster, between=between))
    print(proof.table())
    assert proof.faults == []
    assert count(proof.tally.events)[ANSWERED] > VISITORS
