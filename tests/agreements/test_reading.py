"""Files and folders, as disks and ConfigMaps hand them over."""

from __future__ import annotations

from pathlib import Path

import pytest

from sla_monitor.agreements.reading import Reading, read
from sla_monitor.agreements.yamltree import MAX_BYTES
from sla_monitor.sources import promql
from tests.agreements.conftest import SHORTEST


def names(reading: Reading) -> list[str]:
    assert reading.faults == ()
    return [agreement.name for agreement in reading.agreements]


def write(path: Path, name: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(SHORTEST.replace("acme-payments", name))
    return path


def test_a_folder_is_searched_for_yaml(tmp_path: Path):
    write(tmp_path / "b.yaml", "b")
    write(tmp_path / "a.yml", "a")
    write(tmp_path / "team" / "c.yaml", "c")
    (tmp_path / "README.md").write_text("not: an agreement")

    assert names(read([tmp_path], promql)) == ["a", "b", "c"]


def test_a_mounted_configmap_is_read_once(tmp_path: Path):
    write(tmp_path / "..2026_10_01" / "shop.yaml", "shop")
    (tmp_path / "..data").symlink_to("..2026_10_01")
    (tmp_path / "shop.yaml").symlink_to("..data/shop.yaml")

    (agreement,) = read([tmp_path], promql).agreements
    assert agreement.document.path == str(tmp_path / "shop.yaml")


def test_a_file_named_twice_is_read_once(tmp_path: Path):
    path = write(tmp_path / "a.yaml", "a")

    assert names(read([path, tmp_path, tmp_path / ".." / tmp_path.name / "a.yaml"], promql)) == ["a"]


def test_a_name_in_two_files_is_a_fault_at_the_second(tmp_path: Path):
    first, second = write(tmp_path / "a.yaml", "same"), write(tmp_path / "b.yaml", "same")
    reading = read([tmp_path], promql)

    assert [agreement.document.path for agreement in reading.agreements] == [str(first)]
    assert [str(fault) for fault in reading.faults] == [
        f"{second}:3:18: name: another agreement is called 'same' (the first is at {first}:3)"
    ]


def test_a_name_is_taken_also_by_a_faulty_agreement(tmp_path: Path):
    first, second = write(tmp_path / "a.yaml", "same"), write(tmp_path / "b.yaml", "same")
    first.write_text(first.read_text().replace("99.9%", "99.9"))
    reading = read([tmp_path], promql)

    assert reading.agreements == ()
    assert [fault.path for fault in reading.faults] == [str(first), str(second)]


def test_faults_of_all_files_come_at_once_and_in_order(tmp_path: Path):
    for name in ("b", "a"):
        path = write(tmp_path / f"{name}.yaml", name)
        path.write_text(path.read_text().replace("99.9%", "x").replace("series", "serie"))
    faults = read([tmp_path], promql).faults

    assert [(Path(fault.path).name, fault.line) for fault in faults] == [
        ("a.yaml", 8),
        ("a.yaml", 9),
        ("a.yaml", 9),
        ("b.yaml", 8),
        ("b.yaml", 9),
        ("b.yaml", 9),
    ]


def test_the_sound_agreement_of_a_faulty_file_is_served(tmp_path: Path):
    path = tmp_path / "two.yaml"
    path.write_text(f"{SHORTEST}---\n{SHORTEST.replace('acme-payments', 'other').replace('99.9%', 'x')}")
    reading = read([path], promql)

    assert [agreement.name for agreement in reading.agreements] == ["acme-payments"]
    assert [fault.line for fault in reading.faults] == [18]


@pytest.mark.parametrize(
    ("sentence", "content", "told"),
    [
        ("not UTF-8", b"a: 1\nb: \xff\n", "2:4: is not UTF-8 text (save it as UTF-8)"),
        ("too large", b"#" * (MAX_BYTES + 1), "1:1: is larger than 4 MiB (split it into several files)"),
    ],
)
def test_a_file_that_is_no_text_is_a_fault(sentence: str, content: bytes, told: str, tmp_path: Path):
    path = tmp_path / "a.yaml"
    path.write_bytes(content)

    assert [str(fault) for fault in read([path], promql).faults] == [f"{path}:{told}"], sentence


def test_a_path_that_is_not_there_is_a_fault(tmp_path: Path):
    told = "1:1: cannot be read: No such file or directory (is the path right, and may it be read?)"

    assert [str(fault) for fault in read([tmp_path / "gone"], promql).faults] == [f"{tmp_path / 'gone'}:{told}"]


def test_a_byte_order_mark_is_passed_over(tmp_path: Path):
    path = tmp_path / "a.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + SHORTEST.encode())

    assert names(read([path], promql)) == ["acme-payments"]


def test_a_file_that_says_nothing_is_told(tmp_path: Path):
    path = tmp_path / "a.yaml"
    path.write_text("# nothing yet\n---\n")
    reading = read([path], promql)

    assert [str(notice) for notice in reading.notices] == [f"{path}:1:1: holds no agreement"]
    assert reading.faults == ()


def test_a_source_is_checked_where_the_sources_are_known(tmp_path: Path):
    path = write(tmp_path / "a.yaml", "a")

    assert names(read([path], promql)) == ["a"]
    assert names(read([path], promql, {"default": 15})) == ["a"]
    assert [fault.message for fault in read([path], promql, {"eu": 15}).faults] == [
        "source: no source is called 'default'"
    ]
    assert [fault.message for fault in read([path], promql, {"default": 45}).faults] == [
        "slice: 60 s is no multiple of the source's resolution of 45 s"
    ]
