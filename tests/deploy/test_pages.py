"""The pages name files and variables that exist."""

from __future__ import annotations

import re

import pytest

from tests.deploy.rendering import ROOT, render

PAGES = ("docs/kubernetes.md", "docs/container.md")


def _text(page: str) -> str:
    return (ROOT / page).read_text()


@pytest.mark.parametrize("page", PAGES)
def test_every_path_of_the_repository_exists(page: str) -> None:
    named = set(re.findall(r"\b(?:deploy|tests|docs)/[\w./-]*[\w]", _text(page)))
    assert named
    assert not [path for path in named if not (ROOT / path).exists()]


def test_every_kind_of_the_base_is_on_the_page() -> None:
    page = _text("docs/kubernetes.md")
    missing = {m["kind"] for m in render("base")} - set(re.findall(r"[A-Z]\w+", page))
    assert missing == {"ServiceAccount"}, "an account without rights needs no words"


def test_every_overlay_is_on_the_page() -> None:
    overlays = {path.name for path in (ROOT / "deploy/kubernetes/overlays").iterdir()}
    assert overlays == set(re.findall(r"`?overlays/([\w-]+)`?", _text("docs/kubernetes.md")))


def test_what_the_page_says_of_the_build_is_in_the_dockerfile() -> None:
    declared = set(re.findall(r"^ARG (\w+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE))
    assert declared == set(re.findall(r"--build-arg (\w+)=", _text("docs/container.md")))
