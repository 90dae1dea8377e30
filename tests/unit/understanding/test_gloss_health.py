"""What visitors say in Spanish about their health: each answer becomes the same mentions as its English."""

from __future__ import annotations

import pytest

from components.understanding.gloss import in_english
from components.understanding.mentions import Mention, MentionFinder

FINDER = MentionFinder()
HEALTH, SIGNS = "health_flags", "warning_signs"
CANCER, PAST_CANCER, PREGNANT, THINNER = "active_cancer", "past_cancer", "pregnant_or_breastfeeding", "blood_thinner_or_bleeding"
INFECTION, IMMUNE, GAP, ILLNESS, ALLERGY = (
    "scalp_infection",
    "weak_immune_system",
    "nutritional_gap",
    "underlying_illness",
    "allergy",
)

# The answer; what it says about health: "not" before what is denied, whose it is before what is somebody else's.
ANSWERS: list[tuple[str, set[str]]] = [
    ("tomo un anticuagulante", {THINNER}),
    ("me dan pastillas para la sangre espesa", {THINNER}),
    ("tomo medicina para que no se me hagan coágulos", {THINNER}),
    ("tomo una aspirina de niño diaria", {THINNER}),
    ("mis plaquetas están bajas", {THINNER}),
    ("se me hacen moretones de nada", {THINNER}),
    ("no tomo aspirina ni anticoagulantes", {f"not {THINNER}"}),
    ("padezco de la presión", {ILLNESS}),
    ("tengo la precion alta y asucar", {ILLNESS}),
    ("mi papá tiene azúcar", {f"parent {ILLNESS}"}),
    ("tomo pastillas para el azúcar", {ILLNESS}),
    ("mi esposa anda mal de la tiroides", {f"partner {ILLNESS}"}),
    ("me dio un infarto hace 2 años", {ILLNESS}),
    ("tengo artritis reumatoide y tomo metotrexato", {ILLNESS, IMMUNE}),
    ("creo que tengo lupus", {"not_sure"}),
    ("no tengo diabetes ni presión alta", {f"not {ILLNESS}"}),
    ("me bajaron las defensas", {IMMUNE}),
    ("me trasplantaron un riñón", {IMMUNE}),
    ("soy VIH positivo", {IMMUNE}),
    ("tengo cáncer de seno", {CANCER}),
    ("me están dando quimio", {CANCER}),
    ("mañana empiezo las radiaciones", {CANCER}),
    ("ya terminé mis quimios", {PAST_CANCER}),
    ("me quitaron un seno", {PAST_CANCER}),
    ("a mi mamá le quitaron un seno", {f"parent {PAST_CANCER}"}),
    ("nunca me dieron quimio", {f"not {CANCER}"}),
    ("le doy chichi a mi bebé", {PREGNANT}),
    ("andamos buscando bebé", {PREGNANT}),
    ("tengo 5 meses de embarazo", {PREGNANT}),
    ("no estoy embarazada ni dando pecho", {f"not {PREGNANT}"}),
    ("mi hijo tiene hongos en la cabeza", {f"child {INFECTION}"}),
    ("me salieron costras con pus", {INFECTION}),
    ("tengo una herida en la cabeza que no sana", {INFECTION}),
    ("tengo hongos en los pies", set()),
    ("tengo baja la ferritina", {GAP}),
    ("me falta vitamina D", {GAP}),
    ("me hicieron la manga gástrica", {GAP}),
    ("soy alérgica ala penicilina", {ALLERGY}),
    ("la anestesia me cae mal", {ALLERGY}),
    ("se me cierra la garganta con los camarones", {ALLERGY}),
    ("no soy alérgico a ningún medicamento", {f"not {ALLERGY}"}),
    ("tengo la presión baja", set()),
    ("no estoy bien de salud", set()),
    ("soy una persona sana", {"none"}),
]


@pytest.mark.parametrize(("answer", "meant"), ANSWERS, ids=[answer for answer, _ in ANSWERS])
def test_what_spanish_says_about_health(answer: str, meant: set[str]) -> None:
    assert {_told(mention) for mention in _found(answer) if mention.entity == HEALTH} == meant


@pytest.mark.parametrize(
    ("message", "sign"),
    [("me arde y me pica", "painful_or_burning"), ("se me empezó a caer de un jalón", "sudden_or_rapid")],
)
def test_warning_signs(message: str, sign: str) -> None:
    assert sign in {mention.value for mention in _found(message) if mention.entity == SIGNS}


def _found(message: str) -> list[Mention]:
    return FINDER.find(in_english(message, "es"), HEALTH, is_rendered=True)


def _told(mention: Mention) -> str:
    """Returns what a mention says in a few words, such as "not allergy"."""
    denied = "not" if mention.role == "denied" else ""
    holder = str(mention.holder) if mention.is_of_others else ""
    return " ".join(filter(None, (denied, holder, mention.value)))
