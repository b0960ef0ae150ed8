"""These tests need the training extra; without it they are left out."""

import pytest

pytest.importorskip("keras", reason="the training extra is not installed")
