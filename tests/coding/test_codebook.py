from __future__ import annotations

import pandas as pd
import pytest

from stance.coding.codebook import BUILTINS, Variable, builtin, check_codings, codebook_text, get_variable, read_codebook
from stance.coding.coded_variables import coded_variables, with_words
from stance.errors import CodebookError, CodingError

VARIABLE = '[variables.{name}]\nlabels = ["laag", "hoog"]\n'


@pytest.fixture
def write(tmp_path):
    def to(text, name="eigen.toml"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return to


def test_builtins_have_the_labels_of_the_design():
    assert {name: builtin(name).labels for name in BUILTINS} == {
        "tone": ("negative", "neutral", "positive"),
        "stance": ("against", "neutral", "favor"),
        "partisanship": ("nonpartisan", "partisan"),
        "subjectivity": ("objective", "subjective"),
    }
    assert all(builtin(name).level == "ordinal" and len(builtin(name).instructions) > 800 for name in BUILTINS)
    assert builtin("stance").has_target and not builtin("tone").has_target


@pytest.mark.parametrize("name", BUILTINS)
def test_printed_codebook_reads_back_as_the_builtin(name, write):
    assert read_codebook(write(codebook_text(name))).variables[name] == builtin(name)


def test_own_codebook_with_targets(write):
    path = write('version = "2"\n' + VARIABLE.format(name="urgentie") + 'level = "nominal"\n[targets]\nPvdA = ["Partij van de Arbeid"]\n')
    book = read_codebook(path)
    assert book.version == "2"
    assert book.targets["PvdA"] == ("Partij van de Arbeid",)
    assert get_variable("urgentie", path).level == "nominal"
    assert get_variable("tone", path) == builtin("tone")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("version = 1\n" + VARIABLE.format(name="v"), "eigen.toml: key 'version' is 1; it must be text"),
        (VARIABLE.format(name="v"), "key 'version' is missing"),
        ('version = "1"\n', "key 'variables' is missing"),
        ('version = "1"\nvariabels = 1\n', "key 'variabels' is unknown; allowed are .* Did you mean 'variables'"),
        ('version = "1"\n[variables.v]\nlevel = "ordinal"\n', "variables.v: key 'labels' is missing"),
        ('version = "1"\n[variables.v]\nlabels = ["a", "a"]\n', "eigen.toml: variable 'v': label 'a' stands twice"),
        ('version = "1"\n[variables.v]\nlabels = ["a"]\n', "needs at least two labels"),
        ('version = "1"\n[variables.v]\nlabels = ["a", " b"]\n', "spaces at an end"),
        ('version = "1"\n[variables.v]\nlabels = "a"\n', "must be a list of words in quotes"),
        ('version = "1"\n' + VARIABLE.format(name="v") + 'level = "ordinaal"\n', "level 'ordinaal' is unknown.*Did you mean 'ordinal'"),
        ('version = "1"\n' + VARIABLE.format(name="v") + 'level = "interval"\n', "needs labels that are numbers"),
        ('version = "1"\n' + VARIABLE.format(name="v") + 'unit = "woord"\n', "unit 'woord' is unknown; allowed are article"),
        ('version = "1"\n' + VARIABLE.format(name="v") + '[targets]\nA = ["x"]\nB = ["X"]\n', "alias 'X' names both 'A' and 'B'"),
        ('version = "1\n', "eigen.toml: this is not valid TOML"),
    ],
)
def test_a_wrong_codebook_is_refused_with_one_sentence(text, message, write):
    with pytest.raises(CodebookError, match=message):
        read_codebook(write(text))


def test_unreadable_files_are_refused(tmp_path):
    with pytest.raises(CodebookError, match="cannot be read"):
        read_codebook(tmp_path / "weg.toml")
    (tmp_path / "oud.toml").write_bytes(b'version = "caf\xe9"')
    with pytest.raises(CodebookError, match="byte 14 is not UTF-8"):
        read_codebook(tmp_path / "oud.toml")


def test_unknown_variable_lists_what_is_known(write):
    with pytest.raises(CodebookError) as refused:
        get_variable("toon")  # most likely one's own, as its rows name it, and no misspelt tone
    assert "variable 'toon' is unknown; known are tone, stance, partisanship, subjectivity." in str(refused.value)
    assert "coded or trained with: pass --codebook FILE" in str(refused.value)
    assert "Did you mean" not in str(refused.value)
    with pytest.raises(CodebookError, match=r"eigen.toml: variable 'x' is unknown; known are urgentie, tone"):
        get_variable("x", write('version = "1"\n' + VARIABLE.format(name="urgentie")))


def test_interval_labels_carry_their_numbers():
    assert Variable("cijfer", ("1", "2", "5"), "interval").values == (1.0, 2.0, 5.0)
    with pytest.raises(CodebookError, match="must rise"):
        Variable("cijfer", ("2", "1"), "interval")


def test_a_wrong_label_names_its_row():
    frame = pd.DataFrame({"id": list("abcd"), "label": ["neutral", "nuetral", "postive", "postive"]})
    message = r"codings row 2: label 'nuetral' is not in variable 'tone' .* Did you mean 'neutral'\? Such labels stand in 3 rows: 'postive' \(2\), 'nuetral' \(1\)\."
    with pytest.raises(CodingError, match=message):
        check_codings(frame, builtin("tone"))


def test_capitals_and_outer_spaces_make_no_other_label():
    labels = ["Positive", " neutral ", "NEGATIVE", None, "positive"]
    codes = check_codings(pd.DataFrame({"id": list("abcde"), "label": labels}), builtin("tone"))
    assert codes.tolist() == [2, 1, 0, -1, 2]
    assert builtin("tone").labels_of(codes).tolist() == ["positive", "neutral", "negative", None, "positive"]
    initials = Variable("partij", ("VVD", "vvd", "D66"), "nominal")
    assert initials.codes(["VVD", "vvd", "Vvd", "d66"]).tolist() == [0, 1, -1, 2]  # Vvd may be either


def test_missing_columns_are_named():
    with pytest.raises(CodingError, match=r"column 'label' is missing; found are id, Label\. Did you mean 'Label'"):
        check_codings(pd.DataFrame({"id": ["a"], "Label": ["neutral"]}), builtin("tone"))
    with pytest.raises(CodingError, match="column 'target' is missing"):
        check_codings(pd.DataFrame({"id": ["a"], "label": ["favor"]}), builtin("stance"))


def test_a_codebook_gives_other_words_for_its_labels(write):
    aliases = '[variables.v.aliases]\nhoog = ["fors", "+1", "2"]\nlaag = ["gering", "-1"]\n'
    variable = get_variable("v", write('version = "1"\n' + VARIABLE.format(name="v") + aliases))
    assert variable.codes(["Fors", 1, "1.0", " +1", "2,0", "gering", "\u22121", -1.0, "hoog", None, "0"]).tolist() == [
        1,
        1,
        1,
        1,
        1,
        0,
        0,
        0,
        1,
        -1,
        -1,
    ]
    frame = pd.DataFrame({"id": ["a", "b"], "label": ["fors", "GERING"]})
    assert variable.labels_of(check_codings(frame, variable)).tolist() == ["hoog", "laag"]


@pytest.mark.parametrize(
    ("aliases", "message"),
    [
        ('hoogg = ["fors"]', r"aliases of 'hoogg', which is not a label \(laag, hoog\). Did you mean 'hoog'"),
        ('hoog = ["Laag"]', "'Laag' stands for both 'laag' and 'hoog'"),
        ('hoog = ["1"]\nlaag = ["+1"]', "stands for both 'hoog' and 'laag'"),
        ('hoog = [" "]', "an alias of 'hoog' is empty"),
        ("hoog = [1]", "aliases.hoog is .* must be a list of words in quotes"),
    ],
)
def test_aliases_that_do_not_fit_are_refused(write, aliases, message):
    with pytest.raises(CodebookError, match=message):
        read_codebook(write('version = "1"\n' + VARIABLE.format(name="v") + f"[variables.v.aliases]\n{aliases}\n"))


def test_words_given_with_a_command():
    tone, stance = with_words([builtin("tone"), builtin("stance")], ["positief=Positive", "voor=favor", "0=neutral", "a=b=neutral"])
    assert tone.codes(["positief", "voor", "0", "a=b"]).tolist() == [2, -1, 1, 1]
    assert stance.codes(["positief", "voor", "0"]).tolist() == [-1, 2, 1]
    for given, message in (
        ("positief", "is not WORD=LABEL"),
        ("=positive", "is not WORD=LABEL"),
        ("goed=beter", r"'beter' is not a label \(tone: negative"),
        ("negative=positive", "'negative' stands for both 'negative' and 'positive'"),
    ):
        with pytest.raises(CodebookError, match=message):
            with_words([builtin("tone")], [given])


def test_words_tell_which_variable_a_table_holds():
    codings = pd.DataFrame({"id": ["a", "a"], "coder": ["An", "Bo"], "label": ["voor", "tegen"]})
    (found,) = coded_variables(codings, words=["voor=favor", "tegen=against"])
    assert found.name == "stance"
