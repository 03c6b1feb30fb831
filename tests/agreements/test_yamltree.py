from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from sla_monitor.agreements.yamltree import MAX_DEPTH, MAX_NODES, Node, parse


def plain(text: str) -> object:
    documents, faults = parse(text)
    assert faults == []
    return documents[0].root.plain()


@pytest.mark.parametrize(
    ("sentence", "text", "value"),
    [
        ("a number stays as written", "a: 99.90", {"a": "99.90"}),
        ("an exponent stays as written", "a: 1e3", {"a": "1e3"}),
        ("yes is a text", "a: yes", {"a": "yes"}),
        ("on is a key like any other", "on: off", {"on": "off"}),
        ("a date stays as written", "a: 2026-01-01", {"a": "2026-01-01"}),
        ("sixty minutes are no sexagesimal number", "a: 24:00", {"a": "24:00"}),
        ("an empty value is null", "a:", {"a": None}),
        ("a quoted null is a text", "a: 'null'", {"a": "null"}),
        ("an alias stands for what it names", "a: &x [1, 2]\nb: *x", {"a": ["1", "2"], "b": ["1", "2"]}),
    ],
)
def test_scalars_are_texts(sentence: str, text: str, value: object):
    assert plain(text) == value, sentence


@given(st.recursive(st.text(min_size=1), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_what_was_written_is_read(value: object):
    assert plain(yaml.safe_dump(value, default_style='"')) == value


@given(st.decimals(allow_nan=False, allow_infinity=False).map(str))
def test_no_numeral_is_ever_changed(numeral: str):
    assert plain(f"a: {numeral}") == {"a": numeral}


def test_a_document_knows_its_first_line_and_its_text_alone():
    documents, faults = parse("# a comment\na: 1\n---\n\nb: 2\n---\n# nothing\n---\nc: 3")

    assert faults == []
    assert [(document.line, document.text) for document in documents] == [
        (2, "a: 1\n"),
        (5, "b: 2\n"),
        (9, "c: 3"),
    ]


def test_documents_before_a_slip_are_read():
    documents, faults = parse("a: 1\n---\nb: [1\n---\nc: 3\n")

    assert [document.root.plain() for document in documents] == [{"a": "1"}]
    assert [fault.line for fault in faults] == [4]


def test_a_way_is_followed_as_far_as_the_tree_goes():
    root = parse("a:\n  - b: 1\n    c: 2\n")[0][0].root
    taken, node = root.walk(("a", 0, "function-before", "c", "not-there", 7))

    assert taken == ("a", 0, "c")
    assert (node.line, node.column, node.text) == (3, 8, "2")


@pytest.mark.parametrize(
    ("sentence", "text", "message"),
    [
        ("a bomb of aliases", "a: &a [x, x]\n" + "".join(f"b{n}: &a [*a, *a]\n" for n in range(30)), "values"),
        ("a chain of aliases", "".join(["a0: &a [x]\n", *(f"a{n}: &a [*a]\n" for n in range(1, 99))]), "deeper"),
        ("brackets in brackets", "[" * (MAX_DEPTH + 1), "deeper"),
        ("many values", f"[{'x,' * (MAX_NODES + 1)}]", "values"),
    ],
)
def test_what_would_eat_the_machine_is_refused(sentence: str, text: str, message: str):
    documents, faults = parse(text)

    assert documents == [], sentence
    assert len(faults) == 1
    assert message in faults[0].message


@given(st.text() | st.text(alphabet=st.sampled_from(list("{}[]:-&*!|>'\" \n\tab#,?%@`"))))
def test_any_text_gives_documents_or_faults_with_a_place(text: str):
    documents, faults = parse(text)

    assert all(isinstance(document.root, Node) for document in documents)
    assert all(fault.line >= 1 and fault.column >= 1 and fault.message for fault in faults)
