"""Views on an accelerator are made by torch; without it these tests are left out."""

import pytest

pytest.importorskip("torch", reason="torch is not installed (`make test-torch` has it)")
