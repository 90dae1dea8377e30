"""The ages that a text states: whose they are, and which numbers mean something else."""

from __future__ import annotations

from datetime import date

import pytest

from components.understanding.ages import number, read_ages

TODAY = date(2026, 11, 30)


def ages(text: str, asked: bool = True) -> str:
    """Returns the ages in short: "self 44, child 15", and "12?" for one that we are not sure of."""
    found = read_ages(text, asked, TODAY)
    return ", ".join(f"{age.holder} {age.years}".removeprefix("None ") + ("" if age.sure else "?") for age in found)


def cases(table: str) -> list[tuple[str, str]]:
    """Returns the lines of a table: what is expected, and texts between bars."""
    lines = (line.split(":", 1) for line in table.strip().splitlines())
    return [(text.strip(), expected.strip()) for expected, texts in lines for text in texts.split("|")]


BARE = cases("""
    34: 34 | 34. | 34! | "34" | (34) | 34 years | 34 yrs | 34y | 34 y | about 34 | around 34 | 34ish | 34 or so | roughly 34
    34: umm 34 | it's 34 | just 34 | 34 lol | 34, thanks | hi, 34 | 34 now | 34 atm
    34: thirty four | thirty-four | Thirty Four | thirtyfour | THIRTY FOUR! | thrity four
    16: sixteen | sixten | 16 | 16 :( | only 16 | 16 and scared | 16, is that too young? | 16 but my mum knows
    16: just sixteen | 16 lol
    15: 15 | fifteen | fiveteen | im 15 lol is that ok
    17: 17 | seventeen | seventen | 17 and a half | 17.5 | 17 years and 11 months | 17-18 | 17 or 18 | 17/18 | 17 almost 18
    17: 17 going on 18
    19: ninteen | nineteen | 19 | 19.
    40: 40-45 | 40 to 45 | 40 or 45 | between 40 and 45 | forty to forty-five | fourty | 40+ | 40 plus
    40: my 40th was last week | the big four-oh
    58: 57, no 58 | 57. nope 58 in fact | 58 going on 30 | 58, my back says 90
    58: she's 57, hang on, 58 | about 57, let me check. 58 | 58 and married 30 years
    30: thirty something | thirtysomething | 30-something | 30 something | thirty-ish | thirty odd
    70: seventysomething | 70 years young
    50: half a century | fifty | 50/51 | fivty
    80: octogenarian
    45: fourty five | 45, does it hurt? | 45 is that too late | 45 why do you ask | 45 and losing it at the temples
    36: 63... sorry, 36 | 63, no wait 36 | 63 I mean 36 | 63. oops 36 | 63 - sorry 36
    43: sorry, I meant 43, not 34 | 43 not 34 | not 34, 43
    62: 62, bald since my thirties | 62, started in my 30s | 62 (went bald in my twenties)
    35: started at 17, now 35 | began when i was 17, 35 now | 35, it began at 17 | 35 and it started at 20
    35: first noticed at 16. 35 today
    34: 34, 12 years of thinning | 34, been losing it for 12 years | 34, 5 sessions of prp | 34, 5 mg finasteride
    34: 34, 2 kids | 34, 180 lbs | 34, norwood 5 | 34 and on 5 mg since 2015
    29: 29, started 6 months ago | 29, 5'11" | 29 since march
    88: 88 | eighty eight | 88 years old
    7: 7 | seven | 7 years old
""")

EXPLICIT = cases("""
    self 34: i'm 34 | I am 34 | im 34 | i’m 34 | I'm only 34 | i'm about 34 | I am now 34 | im 34 years old | my age is 34
    self 34: i turned 34 in june | I just turned 34 | I'm a 34 year old woman | i am currently 34
    34: 34yo male | 34 yo | 34 y/o | 34 years old | 34-year-old | M34 | 34M | 34 m | 34/f | female, 34 | aged thirty-four
    34: age 34 | age: 34 | 34 years of age
    52: F52 | 52 f | 52F here with thinning | Female, 52, thinning along the part
    self 16: I Am 16 Years Old. My Dr Said | i'm 16 | im a 16 year old girl | i am sixteen years old
    self 16: hi i'm 16 and my hair is falling out
    self 47: I'm 47 | at the moment I'm 47
    self 40: my mum was bald at 60, i'm 40 | I have 3 kids and I'm 40
    44: mid forties | mid-forties | mid 40s | mid 40's
    57: late 50's | late fifties
    37: late thirties | late-thirties | late 30s
    60: early sixties
    self 30: i'm in my thirties | I'm in my 30s | i am in my early 30s
    34: turning 35 in may | almost 35 | nearly thirty-five | not quite 35
    self 34: I'll be 35 in may | i'm nearly 35 | I'm almost 35
    17: turning 18 in march | turning 18 next month | nearly 18 | not quite 18 | almost 18 | soon to be 18 | not yet 18
    self 17: i'm nearly 18 | i'm not 18 yet | I will be 18 in june | im turning 18 soon | i'm almost eighteen
    self 17: I said 19 but I'm 17, 18 in march | i'm 17, turning 18 next week
    63: Nkechi is 63 | no i told you wrong, Mr Abara is 63 not 36
    self 17: i'm under 18 | I am under eighteen | i'm a minor | i'm still at school | i'm a teenager | im just a kid
    self 17: I'm underage | i'm not 18 | i'm in 10th grade | i'm in grade 9
    self 36: 63... sorry, i'm 36 | I'm 63. Sorry, I'm 36
    36: 63, sorry, 36
""")

HOLDERS = cases("""
    partner 43, self 45: wife 43, me 45 | my wife is 43, i am 45
    self 22: my dad went bald at 40, i'm 22 | uncle bald at 25, I'm 22 | started at seventeen, I'm 22
    self 44, child 15: I'm 44 but he's only 15 | I'm 44, my son is 15 | i'm 44 and my daughter's 15 | I'm 44, she's 15
    parent 72, self 40: my mum is 72, I'm 40 | my dad is 72 and I'm 40 | mum is 72, im 40 | my mother, 72, needs it, I am 40
    self 40, parent 72: I'm 40, my mum is 72 | I am 40, asking for my mum who is 72
    partner 55, self 47: My husband is 55, I am 47 | my wife's 55, i'm 47 | husband is 55, I'm 47
    child 16: my 16 year old daughter | 16 year old daughter | my daughter is 16 | my daughter, 16, has patches
    child 16: for my son (16) | my son turned 16 last week | I have a 16 year old | i have a 16 year old son
    child 16: my son is 16 years old | my son, he's 16
    someone_else 15: my nephew is 15
    child 15: he's 15 | he turned 15 last week | he is only 15 | she's fifteen | my boy is 15
    child 15: it's for my 15 yo | my 15 yo son | our daughter is fifteen | my little girl is 15 | son is 15
    child 34: my son is 34 | my daughter is 34 years old | our son, 34
    child 0: my baby is 8 months old | my 8 month old baby | my son is 10 weeks old | our daughter is 11 months old
    child 1: my son is 18 months old | our toddler is 20 months old
    child 17: my son is almost 18 | my daughter turns 18 in may | my son is under 18 | my teenager | my teenage son
    child 17: my daughter is a minor | my son is not 18 yet
    child 13: my daughter is 13 going on 14 | my daughter is 13
    partner 55: my wife is 55 | my husband, 55, is balding | my partner is 55 | my fiancé is 55 | my boyfriend turned 55
    parent 80: my mum is 80 | my 80 year old mum | my dad's 80 | my mother is eighty | my dad turned 80
    someone_else 30: my sister is 30 | my best friend is 30 | my brother's 30 | my cousin is thirty
    self 41, child 14: I am 41 and my daughter is 14 | 41 year old here, my daughter is 14
    self 44: 44 here | me, 44
    44: he's 44 | she is 44
    self 44, someone_else 50: i'm 44, he's 50
    partner 38, self 42: my wife is 38. I'm 42 | My wife is 38 and i am 42
    parent 72, self 44: my dad is 72, 44 male
    self 17, someone_else 19: I'm 17 and my sister is 19
    child 17, self 45: my son is 17, i'm 45
""")

NO_AGE = cases("""
    : 12 years post menopause | been losing it for 12 years | on 5 mg since 2015 | 5'11" | 180 lbs | 3 kids | 2 sessions
    : class of 2009 | over 18 | adult | I'm an adult | 18+ | over eighteen | 18 or over | above 18 | at least 18
    : i'm not under 18 | 121 | 0 | 300 | 5% for 18 months | 10 mg | my hair started at 17 | it began when I was 17
    : since I was 16 | at age 30 | bald since my thirties | since my 20s | in 2015 | since 2015 | started in 2019
    : $500 | £50 a month | 20% | 12 sessions of prp | 6 months ago | norwood 6 | stage 3 | bmi 30 | 6 feet | 5 ft 11 | 80 kg
    : 70kg | 2x a day | 3 times a week | 12 hours | 20 minutes away | two children
    : started at 25 | noticed it at 22 | diagnosed at 30 | I was 25 when it started | from age 20 | i look 30
    : people think i'm 40 | I feel 80 | men over 50 | anyone over 40 | people in their forties | 50 year olds
    : not 40 | i'm not 40 | under 40 | i'm under 30 | less than 50 | I'd rather not say | old enough | none of your business
    : my own business | not telling | 3/4/2026 | started 3/4/2015 | since 12/05/2015 | $18 | vitamin b12 | b12
    : 20 years ago | 10 years in remission | for 12 years | for the last 15 years | over 10 years | 12 years now
    : 15 years of hair loss | 30 grafts | 2000 grafts | I'm 5 sessions in | I'm 20 weeks pregnant | 8 weeks postpartum
    : it's a minor issue | when i was a teenager | since i was a kid | i'm not a minor | no longer a teenager | call 911
    : iphone 15 | covid 19 | +44 20 7946 0958 | 12 Elm Street, Springfield | po box 12
    : been cutting hair 30 years | driving a cab 22 years | married 40 years this june | in this trade 25 years
    : i work at a school | I have teenagers | i am 300 | senior | middle aged | old | a few years | many
""")

UNSURE = cases("""
    31: 5 months post partum, 31 | about 100 hairs a day, 31 | washed 3x a week, 31 | 5 months pp, 31
    : grade 3 alopecia | minor thinning | I have a minor heart problem | a minor issue
    12?: 12 weeks | since 12 | level 12 | 12 years
    7?: level 7 | 7 weeks | type 7
    15?: since 15 | 15 years | 15 squirrels | day 15
    17?: sophomore | sixth form
""")

COMING_OF_AGE = cases("""
    17: 18 next year | 18 in 3 weeks | 18 on the 4th | 18 this december | 18 by christmas | eighteen in a month
    17: my 18th is next week | my 18th birthday is in june
    17: under the age of 18 | younger than eighteen | u18 | just under 18 | a month off 18 | one month shy of 18
    17: cant wait to be 18 | soon 18 | 18 but not yet
    17: 18 tomorrow | nearly there, 18 in may | 17 til feb | gonna be 18 in april | about to turn 18 | still not 18
    17: 18 on friday | 18 in a couple of months
    17?: grade 11 | grade 9
    17: a minor | underage | schoolboy | in grade 11 | year 10 | 8th grader | junior in high school | not an adult
    17: not of age yet | tween
    self 17: i'd be 18 in may | once im 18 | when i turn 18 can i | 2 months till im 18 | i will be 18
    self 17: i'm not eighteen until next year | i go to high school | im in 8th grade
    17: 17, no 18
    17?: 18 very soon | 18 - well in april | 18 minus a month | about 18 | 18ish | 21 (17 really) | late teens
    self 17?: i wont be 18 until june | I'm a college freshman
    self 15: i'll be 21 in 6 years | i typed 25 but im 15 | 22 jk im 15
    15?: 22. jk 15
    16: 20 in 4 years
    18: 18 | just turned 18 | 18 today! | my 18th birthday was yesterday | its my 18th birthday today
    : do i have to be 18 | must be 18? | i need to be 18 right | is it 18+ only? | no I'm over 18 | I'm legal
""")

DATES = cases("""
    33: 12/05/1992 | 12.05.1992 | 12-05-1992 | 1992-12-05 | 5/12/1992 | 5 12 1992 | it's 12/05/1992
    34: 12 May 1992 | May 12, 1992 | 12th of may 1992 | may 12th 1992 | 12 may '92 | born 12 may 92
    36: born may 1990 | may 1990 | born in may 1990 | dob may 1990
    35: born in 1990 | born 1990 | 1990 | born in '90 | b. 1990 | year of birth 1990 | 1990 baby
    38: b. 3.4.88 | dob 3/4/88 | DOB: 03/04/1988 | date of birth 3-4-1988 | born 3/4/88 | born on 3/4/1988 | birthday 3/4/88
    96: born 3/4/30 | dob 3.4.1930
    self 35: i was born in 1990 | I was born 1990
    self 16: I was born in 2009 | i was born in 2009
    17: born 5 sept 2009 | dob 05/09/2009 | born sep 5 2009
    18: born 30/11/2008 | born november 30 2008
    17: born 1/12/2008 | dob 12/1/2008
    14: dob 3/4/12
    child 10: my son was born in 2015 | my daughter, born 2015
    16?: 2009
""")


@pytest.mark.parametrize(("text", "expected"), BARE)
def test_a_bare_number_answers_the_question(text: str, expected: str) -> None:
    assert ages(text).removeprefix("self ") == expected


@pytest.mark.parametrize(("text", "expected"), [*EXPLICIT, *HOLDERS])
def test_said_as_an_age_it_counts_at_any_time(text: str, expected: str) -> None:
    last = expected.split(", ")[-1]
    assert ages(text, asked=True) in (expected, ages(text, asked=False))
    assert ages(text, asked=True).endswith(last)
    assert ages(text, asked=False).endswith(last)


@pytest.mark.parametrize(("text", "expected"), [*NO_AGE, *UNSURE, *COMING_OF_AGE, *DATES])
def test_other_meanings_of_a_number(text: str, expected: str) -> None:
    assert ages(text) == expected


@pytest.mark.parametrize(("text", "expected"), [case for case in NO_AGE if case[0]])
def test_what_is_no_age_when_asked_is_none_at_any_time(text: str, expected: str) -> None:
    assert ages(text, asked=False) == expected


@pytest.mark.parametrize("text", ["34", "sixteen", "half a century", "18 in march", "1990", "12/05/1992", "16, 17"])
def test_a_bare_number_is_an_age_only_when_asked(text: str) -> None:
    assert ages(text, asked=False) == ""


@pytest.mark.parametrize("text", ["call +44 20 7946 0958", "12 Elm Street, Springfield", "po box 12", "41 11 11 11 11 11 11 11"])
def test_a_bare_number_in_a_private_detail_is_no_age(text: str) -> None:
    assert ages(text) == ""
    assert ages(f"{text}. i'm 34") == "self 34"
    assert ages(f"{text} … 34") == "34"


@pytest.mark.parametrize(
    ("text", "stated"),
    [("My husband is 55, İ'm 47 years old", "47"), ("63... sorry, i'm 36", "36"), ("late thirties", "late thirties")],
)
def test_the_place_in_the_text(text: str, stated: str) -> None:
    last = read_ages(text, asked=False)[-1]
    assert text[last.start : last.end] == stated


def test_without_a_date_it_is_today() -> None:
    (age,) = read_ages("born in 1990", asked=True)
    assert age.years == date.today().year - 1990 - 1


@pytest.mark.parametrize(
    ("word", "value"), [("7", 7), ("twelve", 12), ("forty", 40), ("forty-two", 42), ("Fortytwo", 42), ("ninty one", 91)]
)
def test_number_words(word: str, value: int) -> None:
    assert number(word) == value
