"""Records of the core are facts: nobody changes them."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import pkgutil

import pytest

from sla_monitor import compliance

MODULES = [f"{compliance.__name__}.{found.name}" for found in pkgutil.iter_modules(compliance.__path__)]


@pytest.mark.parametrize("name", MODULES)
def test_every_record_is_frozen(name: str) -> None:
    module = importlib.import_module(name)
    records = [one for _, one in inspect.getmembers(module, dataclasses.is_dataclass) if one.__module__ == name]
    assert [one.__name__ for one in records if not one.__dataclass_params__.frozen] == []
