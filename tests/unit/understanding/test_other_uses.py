"""Exosomes for another part of the body or another disease, and what only sounds like it."""

from __future__ import annotations

import pytest

from components.understanding.other_uses import other_use


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("iv exosomes for autism", "elsewhere"),
        ("exosomes through an iv, is that a thing", "elsewhere"),
        ("do you do exosome infusions", "elsewhere"),
        ("can exosomes fix my knees", "elsewhere"),
        ("exosomes for arthritis?", "elsewhere"),
        ("would it work on my bad shoulder", "elsewhere"),
        ("exosome therapy for copd price", "elsewhere"),
        ("knee exosomes near me", "elsewhere"),
        ("do they treat Parkinson's", "elsewhere"),
        ("exosomes for acne scars", "skin"),
        ("how much is an exosome facial", "skin"),
        ("is it any good for wrinkles", "skin"),
        ("exosomes on my face", "skin"),
        ("can exosomes be used on the neck", "skin"),
        # About hair, or about somebody who has a disease.
        ("exosomes for eyebrows", None),
        ("does it work for beards", None),
        ("exosomes for my eyelashes", None),
        ("exosomes for hair, and is it good for my knees too", None),
        ("i have lupus, are exosomes safe", None),
        ("are exosomes safe for people with lupus", None),
        ("is it safe for diabetes", None),
        ("is it bad for my heart", None),
        ("can heart patients have exosomes", None),
        ("are exosomes ok for heart patients", None),
        ("is it ok for sensitive skin", None),
        ("does it work on darker skin", None),
        ("iv iron and exosomes ok?", None),
        ("exosomes and iv iron in the same week", None),
        ("can it spread to my face", None),
        ("swelling in the face after exosomes", None),
        ("i take eliquis for my heart, are exosomes ok", None),
        ("i finished treatment for cancer years ago. would exosomes be off limits", None),
        ("the pool is the only thing that helps my joints, when is it allowed", None),
        ("it has some harm for the brain?", None),
        ("does it help", None),
        ("what helps my knees", None),
        ("", None),
    ],
)
def test_other_uses(text: str, expected: str | None) -> None:
    assert other_use(text) == expected
