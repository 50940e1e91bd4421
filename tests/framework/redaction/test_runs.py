"""Digits and letters that are said or written one after another, whatever stands between them."""

import pytest

from op26x.redaction.runs import Run, Runs
from op26x.redaction.tokens import tokens_of
from op26x.redaction.vocabulary import vocabulary


def runs(text: str, language: str = "en") -> list[Run]:
    return list(Runs(tokens_of(text), vocabulary(language)).all())


@pytest.mark.parametrize(
    ("text", "chars"),
    [
        ("4111 1111", "41111111"),
        ("4111-1111", "41111111"),
        ("(020) 7946.0100", "02079460100"),
        ("four one one one", "4111"),
        ("four, one. one... one", "4111"),
        ("forty one eleven", "4111"),
        ("forty-one eleven", "4111"),
        ("forty and eleven", "4011"),
        ("oh two oh seven", "0207"),
        ("nought naught nil null o zero", "000000"),
        ("niner niner", "99"),
        ("double one triple five", "11555"),
        ("double one quadruple five treble two", "115555222"),
        ("double 7", "77"),
        ("double L four", "LL4"),
        ("nine hundred", "900"),
        ("nine hundred twelve", "912"),
        ("nine hundred and four", "904"),
        ("nineteen hundred", "1900"),
        ("two thousand", "2000"),
        ("two thousand and four", "2004"),
        ("two thousand three hundred", "2300"),
        ("four um one uh one hang on one", "4111"),
        ("four one okay then one and then one", "4111"),
        ("four one dash one slash one", "4111"),
        ("12 space 34 hyphen 56", "123456"),
        ("alpha bravo one two", "AB12"),
        ("november oscar zulu", "NOZ"),
        ("a b c", "ABC"),
        ("double-u is not read", None),
        ("S for sugar m as in mother one", "SM1"),
        ("capital b small c 5", "BC5"),
        ("b like bravo d like delta", "BD"),
        ("SBIN0001", "SBIN0001"),
        ("AB 12 34", "AB1234"),
        ("1B 2C", "1B2C"),
        ("१२३४", "1234"),
    ],
)
def test_one_run_is_read(text: str, chars: str | None) -> None:
    found = runs(text)
    assert [run.chars for run in found if len(run.chars) > 1] == ([chars] if chars else [])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("5550100 and 5550101", ["5550100", "5550101"]),
        ("5550100 then 5550101", ["55501005550101"]),
        ("12 people paid 34", ["12", "34"]),
        ("five is more than four", ["5", "4"]),
        ("4821? 9013", ["4821", "9013"]),
        ("02079460100 (02079460101)", ["02079460100", "02079460101"]),
        ("seven. Okay. eight", ["7", "8"]),
        ("seven. No, eight", ["78"]),
    ],
)
def test_what_is_another_number_is_another_run(text: str, found: list[str]) -> None:
    assert [run.chars for run in runs(text)] == found


@pytest.mark.parametrize(
    "text",
    [
        "the 4th",
        "3pm",
        "10kg",
        "5gb",
        "1st",
        "the other one",
        "one of those",
        "one more thing",
        "oh, I see",
        "I am a",
        "",
    ],
)
def test_what_counts_or_stands_for_something_is_no_run(text: str) -> None:
    assert runs(text) == []


@pytest.mark.parametrize(
    ("language", "text", "chars"),
    [
        ("de", "eins zwo drei", "123"),
        ("de", "dreiundzwanzig", "23"),
        ("de", "siebenhundertachtundvierzig", "748"),
        ("de", "neunzehnhundertzweiundachtzig", "1982"),
        ("de", "zweitausendvier", "2004"),
        ("de", "doppel fünf null", "550"),
        ("es", "treinta y uno", "31"),
        ("es", "quinientos doce", "512"),
        ("es", "mil novecientos ochenta y dos", "1982"),
        ("es", "dos mil cuatro", "2004"),
        ("es", "cien", "100"),
        ("es", "mil", "1000"),
        ("es", "mil cien", "1100"),
        ("fr", "vingt et un", "21"),
        ("fr", "soixante-douze", "72"),
        ("fr", "soixante et onze", "71"),
        ("fr", "soixante-dix-sept", "77"),
        ("fr", "quatre-vingts", "80"),
        ("fr", "quatre-vingt-deux", "82"),
        ("fr", "quatre-vingt-dix-sept", "97"),
        ("fr", "dix-huit", "18"),
        ("fr", "deux cent quatre", "204"),
        ("fr", "mille neuf cent quatre-vingt-deux", "1982"),
        ("fr", "cent", "100"),
        ("hi", "नौ आठ सात", "987"),
        ("hi", "डबल नौ", "99"),
        ("hi", "nau aath saat", "987"),
        ("hi", "pachasi", "85"),
        ("hi", "पचासी", "85"),
        ("hi", "do sau", "200"),
        ("hi", "nine eight double seven", "9877"),
    ],
)
def test_numbers_are_read_in_each_language(language: str, text: str, chars: str) -> None:
    assert [run.chars for run in runs(text, language)] == [chars]


def test_a_run_keeps_the_groups_in_which_it_was_said() -> None:
    (run,) = runs("4111, forty-one eleven. A b")
    assert run.groups == ["4111", "41", "11", "A", "B"]
    assert (run.digits, run.letters, run.first, run.after) == (8, 2, 0, 9)


def test_a_run_keeps_its_dots_and_commas() -> None:
    (run,) = runs("192.168.0.1")
    assert (run.dots, run.dotted) == (3, ["192", "168", "0", "1"])
    (run,) = runs("12, 34 dot 5")
    assert (run.commas, run.dots, run.dotted) == ([2], 1, ["1234", "5"])


@pytest.mark.parametrize(
    ("text", "spoken", "corrected", "counted"),
    [
        ("41 11", False, False, False),
        ("41 eleven", True, False, False),
        ("41 no sorry 11", False, True, False),
        ("four scratch that five", True, True, False),
        ("two thousand three hundred", True, False, True),
        ("two thousand", True, False, False),
    ],
)
def test_a_run_tells_how_it_was_said(text: str, spoken: bool, corrected: bool, counted: bool) -> None:
    (run,) = runs(text)
    assert (run.spoken, run.corrected, run.counted) == (spoken, corrected, counted)


def test_what_names_a_number_is_no_part_of_it() -> None:
    tokens = tokens_of("d o b four one")
    (run,) = Runs(tokens, vocabulary("en"), {0, 1, 2}).all()
    assert (run.first, run.chars) == (3, "41")


def test_runs_are_read_from_a_place_on() -> None:
    tokens = tokens_of("12 people paid 34")
    assert [run.chars for run in Runs(tokens, vocabulary("en")).all(2)] == ["34"]
