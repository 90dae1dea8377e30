"""How a Spanish message is rendered into English words, and what the rules then read in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from components.understanding import gloss
from components.understanding.gloss import FOLDER, in_english, is_all_known
from components.understanding.mentions import Mention, MentionFinder
from runtime.data_files import read_yaml

FINDER = MentionFinder()
REPLY = "reply"

# A message, the open question, and what is mentioned: the values, with "!" for the role, "@" for whose it is, "~" for the status.
READINGS = [
    ("tengo 45 años", "age", "45"),
    ("cuarenta y dos", "age", "42"),
    ("Ya cumplí los 32", "age", "32"),
    ("soy mujer de 34 años", "age", "34"),
    ("voy a cumplir 18", "age", "17"),
    ("mi hija tiene 15 años", "age", "15@child"),
    ("es para mi papá de 70 años", "age", "70@parent"),
    ("45, no, perdón, 54", "age", "54"),
    ("46 no no 47", "age", "47"),
    ("tengo 44 se me cae mucho", "age", "44"),
    ("llegó aquí en el 94", "age", ""),
    ("hace 5 años", "age", ""),
    ("llevo 2 años con esto", "age", ""),
    ("prefiero no decir", "age", "declined"),
    ("tengo lupus", "health_flags", "underlying_illness"),
    ("no tengo lupus", "health_flags", "underlying_illness!denied"),
    ("no, tengo lupus", "health_flags", "underlying_illness"),
    ("nunca he tenido lupus", "health_flags", "underlying_illness!denied"),
    ("gracias a Dios no tengo lupus", "health_flags", "underlying_illness!denied"),
    ("tampoco tengo diabetes", "health_flags", "underlying_illness!denied"),
    ("me descartaron lupus", "health_flags", "underlying_illness!denied"),
    ("tengo diabetes pero no tomo warfarin", "health_flags", "underlying_illness blood_thinner_or_bleeding!denied"),
    ("no tengo diabetes pero tomo warfarin", "health_flags", "underlying_illness!denied blood_thinner_or_bleeding"),
    ("mi mamá tiene lupus", "health_flags", "underlying_illness@parent"),
    ("a mi hijo le diagnosticaron lupus", "health_flags", "underlying_illness@child"),
    ("la diabetes la tiene mi esposo", "health_flags", "underlying_illness@partner"),
    ("mi abuela tuvo lupus", "health_flags", "underlying_illness@someone_else~past"),
    ("tiene lupus", "health_flags", "underlying_illness@someone_else"),
    ("me diagnosticaron lupus hace 5 años", "health_flags", "underlying_illness"),
    ("tuve cáncer hace 10 años", "health_flags", "past_cancer~past"),
    ("me curé del cáncer", "health_flags", "past_cancer~past"),
    ("creo que tengo lupus", "health_flags", "not_sure~possible"),
    ("me están haciendo estudios de lupus", "health_flags", "not_sure not_sure~possible"),
    ("ya no tomo warfarin", "health_flags", ""),
    ("dejé de tomar warfarin", "health_flags", ""),
    ("ninguna de las anteriores", "health_flags", "none"),
    ("no tengo nada más que diabetes", "health_flags", "underlying_illness"),
    ("todavía no termino la quimio", "health_flags", "active_cancer"),
    ("no padezco de nada", "health_flags", "none"),
    ("él no tiene nada", "health_flags", "none"),
    ("embarazada no, ya me operaron", "health_flags", "pregnant_or_breastfeeding!denied"),
    ("no sé", "health_flags", "not_sure"),
    ("ni sé", "health_flags", "not_sure"),
    ("es hereditario", "hair_loss_type", "pattern"),
    ("la raya se me ve más ancha", "hair_loss_type", "pattern"),
    ("no es areata, es por estrés", "hair_loss_type", "alopecia_areata!denied stress_or_hormonal"),
    ("desde que tuve a mi bebé", "hair_loss_type", "stress_or_hormonal"),
    ("alopecia cicatricial", "hair_loss_type", "scarring"),
    ("no he ido al doctor", "hair_loss_type", "not_sure"),
    ("casi no se nota", "hair_loss_stage", "early"),
    ("se me ve el casco", "hair_loss_stage", "moderate"),
    ("solo me queda a los lados", "hair_loss_stage", "advanced"),
    ("calva lisa desde hace años", "hair_loss_stage", "long_standing_smooth"),
    ("llevo 15 años calvo", "hair_loss_stage", "long_standing_smooth"),
    ("uso minoxidil", "prior_treatments", "minoxidil"),
    ("no he probado nada más que minoxidil", "prior_treatments", "minoxidil"),
    ("no he usado minoxidil", "prior_treatments", "minoxidil!denied"),
    ("deje de tomar finasterida", "prior_treatments", "finasteride"),
    ("plasma y minoxidil", "prior_treatments", "prp minoxidil"),
    ("estoy pensando en hacerme plasma", "prior_treatments", "prp~considered"),
    ("me recomendaron minoxidil", "prior_treatments", "minoxidil~considered"),
    ("mi hermano usa minoxidil", "prior_treatments", "minoxidil@someone_else"),
    ("nunca me he puesto nada", "prior_treatments", "none"),
    ("me ayudó mucho", "treatment_response", "helped"),
    ("no me hizo nada", "treatment_response", "did_not_help"),
    ("sigue igual", "treatment_response", "did_not_help"),
    ("llevo 3 semanas", "treatment_response", "too_early"),
    ("no sé si me ayudó", "treatment_response", "not_sure"),
    ("No la tengo, la diabetes", "health_flags", "underlying_illness!denied"),
    ("no es cáncer es lupus", "health_flags", "active_cancer!denied underlying_illness"),
    ("si no contamos la diabetes, nada", "health_flags", "underlying_illness"),
    ("no estoy embarazada pero estamos buscando", "health_flags", "pregnant_or_breastfeeding!denied pregnant_or_breastfeeding"),
    ("no me ha bajado la regla", "health_flags", "not_sure pregnant_or_breastfeeding~possible"),
    ("mi esposo lo que tiene es lupus", "health_flags", "underlying_illness@partner"),
    ("mami toma warfarina por lo del corazón", "health_flags", "blood_thinner_or_bleeding@parent underlying_illness@parent"),
    ("mi hija todavía mama", "health_flags", "pregnant_or_breastfeeding"),
    ("mi jefe toma aspirina diario, de ahí en fuera nada", "health_flags", "blood_thinner_or_bleeding@parent"),
    ("el niño mío cumple 17 en enero", "age", "16@child"),
    ("tengo treinta y un años", "age", "31"),
    ("soy del 85", "age", "40"),
    ("nací en el dos mil cuatro", "age", "21"),
    ("once", "age", "11"),
    ("solo minoxidil once nomas", "prior_treatments", "minoxidil"),
    ("no era areata, era la común", "hair_loss_type", "alopecia_areata!denied pattern"),
    ("después que parí", "hair_loss_type", "stress_or_hormonal"),
    ("mi papá y mis tíos todos pelones", "hair_loss_type", "pattern"),
    ("se me hicieron unas calvitas, nadie me ha revisado", "hair_loss_type", "not_sure"),
    ("ya se le ve el casco", "hair_loss_stage", "moderate"),
    ("le quedan cuatro pelos", "hair_loss_stage", "advanced"),
    ("un chin", "hair_loss_stage", "early"),
    ("me recetaron finasterida pero ni la compré", "prior_treatments", "finasteride~considered none"),
    ("ni minoxidil ni finasterida, plasma sí", "prior_treatments", "minoxidil!denied finasteride!denied prp"),
    ("no eso no le hizo nada", "treatment_response", "did_not_help"),
    ("le ayudó", "treatment_response", "helped"),
    ("al principio sí, después se me volvió a caer", "treatment_response", "helped did_not_help"),
    ("no te sabría decir", "treatment_response", "not_sure"),
    ("a mi señora le hicieron un trasplante de riñón", "health_flags", "weak_immune_system@partner"),
    ("mi tía se aplica adalimumab", "health_flags", "weak_immune_system@someone_else"),
    ("es de mi cuñada la diabetes", "health_flags", "underlying_illness@someone_else"),
    ("creía que era la tiroides pero salió bien", "health_flags", "underlying_illness!denied"),
    ("mi mamá prefiere no hablar de eso", "health_flags", "declined"),
    ("me hicieron unos exámenes y todavía no me dan los resultados", "health_flags", "not_sure"),
    ("soy su hija, mi mamá tiene 71 y vive sola", "age", "71@parent"),
    ("tengo 46 y se me cae", "age", "46"),
    ("24, aunque con la frente de uno de 50", "age", "24"),
    ("22 tacos", "age", "22"),
    ("finasterida dos años; minoxidil, nunca", "prior_treatments", "finasteride minoxidil!denied"),
    ("mesoterapia sí, minoxidil jamás", "prior_treatments", "other minoxidil!denied"),
    ("me pusieron un marcapasos en 2020", "health_flags", "underlying_illness"),
    ("me acabo de enterar que estoy embarazada", "health_flags", "pregnant_or_breastfeeding"),
    ("mi hermana la menor, 25", "age", "25@someone_else"),
    ("plasma no porque es caro", "prior_treatments", "prp!denied"),
    ("me ofrecieron plasma pero no lo acepté", "prior_treatments", "prp~considered none"),
    ("todavía no le hemos puesto nada", "prior_treatments", "none"),
    ("le engruesó un poco", "treatment_response", "helped"),
    ("coletas muy tirantes", "hair_loss_type", "other_cause"),
    ("cuando falleció mi abuela", "hair_loss_type", "stress_or_hormonal"),
    ("se le nota ya", "hair_loss_stage", "moderate"),
    ("apenas se le marcan", "hair_loss_stage", "early"),
    ("lisito como huevo hace 15 años", "hair_loss_stage", "long_standing_smooth"),
    ("simón", "check_consent", "yes"),
    ("nel", "check_consent", "no"),
]


@pytest.mark.parametrize(("text", "question", "expected"), READINGS)
def test_reading(text: str, question: str, expected: str) -> None:
    found = FINDER.find(in_english(text, "es"), question, is_rendered=True)
    assert [_shown(mention) for mention in found if _is_read(mention, question)] == expected.split()


def _is_read(mention: Mention, question: str) -> bool:
    """Whether a mention is of the open question, or a bare reply to it."""
    is_reply = mention.entity == REPLY and (question == "check_consent" or mention.value not in ("yes", "no"))
    return is_reply or mention.entity == question


def _shown(mention: Mention) -> str:
    whose = mention.holder if mention.is_of_others else None
    marks = {"!": mention.role, "@": whose, "~": mention.status}
    return mention.value + "".join(mark + said for mark, said in marks.items() if said)


@pytest.mark.parametrize("text", ["TENGO 45 AÑOS", "tengo 45 anos", "Tengo cuarenta y cinco años", "tengo como 45 años"])
def test_spelling(text: str) -> None:
    assert in_english(text, "es") == "I am 45 years old"


@pytest.mark.parametrize(
    ("text", "english"),
    [
        ("no tengo lupus", "I no have lupus"),
        ("no lo tengo controlado", "I no have controlado"),
        ("nunca tomo mate", "I never take mate"),
        ("ya no tomo", "I no longer take"),
        ("no soy hombre", "I am no man"),
        ("ni tengo lupus", "I no have lupus"),
        ("lupus no tengo", "lupus I don't have"),
        ("ella no toma lupus", "he no takes lupus"),
        ("mi mamá no lo tiene controlado", "my mom he no has controlado"),
        ("él todavía toma", "he still takes"),
    ],
)
def test_denial_is_after_the_speaker(text: str, english: str) -> None:
    assert in_english(text, "es") == english


def test_no_phrase_goes_past_a_mark() -> None:
    assert in_english("no, tengo lupus", "es") == "no, I have lupus"


def test_longest_phrase() -> None:
    assert in_english("no me hizo efecto", "es") == "did not help"
    assert in_english("me hizo efecto", "es") == "helped"


def test_phrase_that_ends_a_statement() -> None:
    assert in_english("es para mí", "es") == in_english("Es para mi.", "es").rstrip(".") == "for me"
    assert in_english("es para mi mamá", "es") == "for my mom"


@pytest.mark.parametrize("text", ["he has lupus", "my son has lupus"])
def test_english_between_stays(text: str) -> None:
    assert in_english(text, "es") == text


@pytest.mark.parametrize(
    ("text", "english"),
    [
        ("sí, tengo lupus", "yes, I have lupus"),
        ("no sé si tengo", "not sure if I have"),
        ("mi hija sí tiene", "my daughter he has"),
    ],
)
def test_yes_only_begins_or_ends_a_statement(text: str, english: str) -> None:
    assert in_english(text, "es") == english


def test_what_is_true_of_the_speaker_is_said_of_others_alike() -> None:
    assert in_english("le hizo efecto", "es") == in_english("me hizo efecto", "es")
    assert in_english("se le cae el pelo", "es") == "he is losing hair"


@pytest.mark.parametrize(
    ("text", "english"),
    [
        ("le pusieron", "he had done"),
        ("le diagnosticaron", "he was diagnosed with"),
        ("a mi hermana le recetaron", "my sister he was prescribed"),
        ("la toma mi cuñada", "is my sister-in-law's"),
        ("pregunto por mi hija menor", "for my daughter"),
        ("yo soy la mamá", "I am"),
    ],
)
def test_what_others_have_and_do_follows_from_what_the_speaker_does(text: str, english: str) -> None:
    assert in_english(text, "es") == english


@pytest.mark.parametrize(
    "text", ["ninguna, gracias a Dios", "no mi amor, nada de eso", "no, soy una mujer saludable", "no que yo sepa"]
)
def test_everyday_words_are_known(text: str) -> None:
    assert is_all_known(text, "es")


@pytest.mark.parametrize("text", ["tomo Sintrom", "me dio lupus"])
def test_names_of_medicines_and_illnesses_are_known(text: str) -> None:
    assert is_all_known(text, "es")


@pytest.mark.parametrize("text", ["no, nada más el zurrumbático", "no uso Xyz"])
def test_a_word_that_stays_is_not_known(text: str) -> None:
    assert not is_all_known(text, "es")


def test_unknown_words_stay() -> None:
    assert in_english("tengo Xyz-7 y zurrumbático", "es") == "I have Xyz-7 and zurrumbático"


@pytest.mark.parametrize("language", ["en", "xx", None])
def test_other_languages_stay(language: str | None) -> None:
    assert in_english("¿Tengo 45 años?", language) == "¿Tengo 45 años?"


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*/*.yml")), ids=lambda path: path.stem)
def test_no_phrase_takes_the_denial_of_the_next(path: Path) -> None:
    """Ensures that nothing takes the "no" of "gracias a Dios no tengo" alone, which would leave "I have"."""
    content = read_yaml(path)
    denials = set(gloss._spelled_out(read_yaml(path.with_name(gloss.GRAMMAR))["not"]))
    phrases = {phrase for said in content["phrases"].values() for phrase in gloss._spelled_out(said)}
    assert not denials or [phrase for phrase in phrases - denials if phrase.endswith(" no")] == []


def test_every_phrase_is_put_into_words() -> None:
    for file in FOLDER.glob("*/*.yml"):
        assert all(isinstance(english, str) for english in read_yaml(file)["phrases"]), file
    assert in_english("mil", "es") == "1000"


@pytest.mark.parametrize(
    ("by_ear", "spelled"),
    [
        ("kuarenta i seis", "cuarenta y seis"),
        ("mi kuñada i mi sobrina", "mi cuñada y mi sobrina"),
        ("ase 3 anios ke no boi", "hace 3 años que no voy"),
        ("eya no a tomado", "ella no ha tomado"),
        ("el dotor dise ke son uekos", "el doctor dice que son huecos"),
        ("el pelo apretao", "el pelo apretado"),
    ],
)
def test_words_written_by_ear_are_read(by_ear: str, spelled: str) -> None:
    assert in_english(by_ear, "es") == in_english(spelled, "es")


@pytest.mark.parametrize("text", ["17 pa 18", "17 para 18", "17 casi 18"])
def test_almost_eighteen_is_seventeen(text: str) -> None:
    assert in_english(text, "es") == "17"
