"""What stays in force through edits, slips and lost disks."""

from __future__ import annotations

from pathlib import Path

import pytest

from sla_monitor.agreements.reading import read
from sla_monitor.agreements.register import Register, renewed
from sla_monitor.sources import promql
from tests.agreements.conftest import SHORTEST, template_of

GOOD = SHORTEST
BETTER = SHORTEST.replace("99.9%", "99.95%")
FAULTY = SHORTEST.replace("99.9%", "99.9")
BROKEN = "a: [1\n"
TEMPLATE = template_of(SHORTEST)
GLOBEX = TEMPLATE.replace("Acme", "Globex")
OTHER = SHORTEST.replace("acme-payments", "other")


def after(folder: Path, *versions: str | None) -> Register:
    """The register after the file was read in each version; None: it was removed."""
    register, path = Register(), folder / "agreement.yaml"
    for text in versions:
        path.unlink() if text is None else path.write_text(text)
        register = renewed(register, read([folder], promql))
    return register


@pytest.mark.parametrize(
    ("sentence", "versions", "in_force", "kept"),
    [
        ("a good file is in force", [GOOD], {"acme-payments": "99.9%"}, []),
        ("a better version takes its place", [GOOD, BETTER], {"acme-payments": "99.95%"}, []),
        ("a faulty one does not", [GOOD, FAULTY], {"acme-payments": "99.9%"}, ["acme-payments"]),
        ("nor one that is no YAML", [GOOD, BROKEN], {"acme-payments": "99.9%"}, ["acme-payments"]),
        ("through several slips", [GOOD, FAULTY, BROKEN], {"acme-payments": "99.9%"}, ["acme-payments"]),
        ("until it is mended", [GOOD, FAULTY, BETTER], {"acme-payments": "99.95%"}, []),
        ("a faulty file alone gives nothing", [FAULTY], {}, []),
        ("a removed file ends its agreement", [GOOD, None], {}, []),
        ("also after a slip", [GOOD, FAULTY, None], {}, []),
        ("a renamed agreement leaves none behind", [GOOD, OTHER], {"other": "99.9%"}, []),
        ("a template is in force for its customers", [TEMPLATE], {"acme-payments-acme": "99.9%"}, []),
        (
            "a faulty one keeps those of before",
            [TEMPLATE, TEMPLATE.replace("99.9%", "99.9")],
            {"acme-payments-acme": "99.9%"},
            ["acme-payments-acme"],
        ),
        (
            "a customer taken out is out",
            [TEMPLATE, TEMPLATE.replace("Acme", "Globex")],
            {"acme-payments-globex": "99.9%"},
            [],
        ),
        (
            "in a faulty file, what is not told is kept",
            [f"{GOOD}---\n{OTHER}", f"{BETTER}---\n{OTHER.replace('99.9%', 'x')}"],
            {"acme-payments": "99.95%", "other": "99.9%"},
            ["other"],
        ),
    ],
)
def test_reloads(sentence: str, versions: list[str | None], in_force: dict[str, str], kept: list[str], tmp_path: Path):
    register = after(tmp_path, *versions)
    shown = {a.name: f"{float(a.objectives[0].target * 100):g}%" for a in register.agreements}

    assert shown == in_force, sentence
    assert list(register.kept) == kept


def test_the_fault_is_told_while_the_old_version_stands(tmp_path: Path):
    assert len(after(tmp_path, GOOD, FAULTY).faults) == 1


def test_a_folder_that_is_away_ends_no_contract(tmp_path: Path):
    folder = tmp_path / "mounted"
    folder.mkdir()
    (folder / "agreement.yaml").write_text(GOOD)
    register = renewed(Register(), read([folder], promql))
    folder.rename(tmp_path / "away")
    register = renewed(register, read([folder], promql))

    assert register.kept == ("acme-payments",)
    assert len(register.faults) == 1


def test_a_fault_in_another_file_keeps_nothing(tmp_path: Path):
    good, other = tmp_path / "good.yaml", tmp_path / "other.yaml"
    good.write_text(GOOD)
    register = renewed(Register(), read([tmp_path], promql))
    good.unlink()
    other.write_text(BROKEN)

    assert renewed(register, read([tmp_path], promql)).agreements == ()
