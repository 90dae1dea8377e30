"""Whose check a message says it is."""

from __future__ import annotations

import pytest

from components.understanding.about_whom import asked_for

CHILD = """
    asking for my son | it's for my 15 yo | for a 12 year old | my daughter wants to know if she can have it
    on behalf of my daughter
    my son has round bald patches | for my little girl | can my teenager get it | son with round bald spots | for ma wee boy
    is it safe for my toddler | it concerns my stepson | I'm the mother of a 14 year old | asking about our youngest child
    not for me, my son | not for me but for my daughter | it isn't for me, it's for my kid
    my wife said our son needs it, it's for my son
    my youngest is losing her hair | my boy has alopecia | would this help my 9 yr old | my oldest has patches
    my child was diagnosed with alopecia | for our 16 year old daughter | our baby has a bald spot on the head, for our baby
    my son is 34, asking for him, for my son | the check is for my daughter | my teen wants to know
    my foster child is losing hair
"""
PARTNER = """
    it's for my husband | not for me, my husband | asking for my wife | my partner wants to know | on behalf of my girlfriend
    my boyfriend's hairline is going | for my fiancee | my hubby is thinning | can my wife have it while breastfeeding
    for my other half | asking for hubby | the wife wants to know | hubby is losing his | for ma man
    my spouse has alopecia | my wife is pregnant and losing hair | not about me, about my husband | it concerns my wife
    my husband, who is 50 | for my better half | I'm the wife of a bald man, it's for my husband
"""
PARENT = """
    it's for my mum | for my mom | asking on behalf of my dad | my mother is 72 and thinning | my father wants to know
    for my mummy
    my mum can't type, for my mum | is it something for my mam | my dad has a bald spot | my elderly mother has thin hair
    for my 80 year old mum | my mother-in-law is losing hair | not for me, my mum | regarding my mother
"""
SOMEONE_ELSE = """
    for my sister | asking for my brother | it's for my friend | my best friend has alopecia | for my grandma
    my nan is thinning
    for my grandson | my nephew is losing hair | my niece, who is 12 | mate of mine is thinning | on behalf of a young sprinter
    on behalf of a client, for my client | my cousin wants to know | my aunt has lost her hair, for my aunt | for my flatmate
    my brother-in-law is balding | my patient has scarring alopecia | for my coworker | not for me, my sister
"""
SELF = """
    for me | it's for me | it's for myself | my own hair | about me | it's me | just me | what about me
    this is for me, not my son
    i'm asking for myself | it is for me actually | for my own hair | me too | I'm the patient | all about me
"""
NOBODY = """
    my hair is thinning | i'm losing my hair | how much does it cost | am I a candidate | 34 | yes | since I had my son it sheds
    my dad was bald at thirty | my wife thinks it's a scam | my friend told me about exosomes | i have two kids
    not for me | it isn't for me
    my mum says it's genetic | my hair is so thin | my husband told me | it started after my daughter was born | I have lupus
    I'm a 16 year old girl | im a mum of two | will they tell my parents | my doctor said no
"""
TABLE = {"child": CHILD, "partner": PARTNER, "parent": PARENT, "someone_else": SOMEONE_ELSE, "self": SELF, None: NOBODY}
CASES = [
    (text.strip(), whose) for whose, texts in TABLE.items() for line in texts.strip().splitlines() for text in line.split("|")
]


@pytest.mark.parametrize(("text", "whose"), CASES)
def test_whose_check_it_is(text: str, whose: str | None) -> None:
    assert asked_for(text) == whose
