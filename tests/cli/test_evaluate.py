"""``stance evaluate``: models, tables of predictions, people and seeds beside gold; calibration, groups, cards, refusals."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, f1_score

LABELS = np.array(["negative", "neutral", "positive"], dtype=object)


@pytest.fixture
def gold(rng, tmp_path):
    """Gold of 90 units over three years and two outlets and a third with three articles."""
    units = pd.DataFrame({"id": [f"u{number}" for number in range(90)], "text": [f"Kop nummer {number}" for number in range(90)]})
    units["label"] = LABELS[rng.integers(3, size=90)]
    units["date"] = [f"{2021 + number % 3}-05-01" for number in range(90)]
    units["outlet"] = ["De Merenbode", "Het Kanaal"] * 43 + ["De Merenbode"] + ["Weekblad"] * 3
    path = tmp_path / "test.csv"
    units.to_csv(path, index=False)
    return path


def guessed(gold, rng, *, right):
    """Predictions as ``stance label`` writes them, right in about this share of units."""
    units = pd.read_csv(gold)
    codes = np.where(rng.random(90) < right, pd.Index(LABELS).get_indexer(units["label"]), rng.integers(3, size=90))
    sure = rng.uniform(0.4, 0.95, size=90)
    probabilities = np.where(np.eye(3)[codes] > 0, sure[:, None], ((1 - sure) / 2)[:, None])
    frame = units[["id"]].assign(variable="tone", label=LABELS[codes], model="x@1", abstained=False)
    return frame.assign(**{f"p_{label}": column for label, column in zip(LABELS, probabilities.T, strict=True)})


@pytest.fixture
def predicted(gold, rng, tmp_path):
    paths = []
    for name, right in (("goed", 0.9), ("matig", 0.4)):
        paths.append(tmp_path / f"{name}.csv")
        guessed(gold, rng, right=right).sample(frac=1, random_state=1).to_csv(paths[-1], index=False)
    return paths


def rows(path, part):
    found = pd.DataFrame(json.loads(path.read_text(encoding="utf-8"))["rows"])
    return found[found["part"] == part].dropna(axis="columns", how="all")


def test_a_table_of_predictions_scores_as_scikit_learn_says(command, gold, predicted, tmp_path):
    status, printed, told = command("evaluate", gold, "--variable", "tone", "--predictions", predicted[0], "--json", tmp_path / "e.json")
    assert status == 0, told
    units = pd.read_csv(gold).merge(pd.read_csv(predicted[0])[["id", "label"]], on="id", suffixes=("", "_predicted"))
    found = rows(tmp_path / "e.json", "score").set_index("metric")
    assert found.loc["accuracy", "score"] == pytest.approx(accuracy_score(units["label"], units["label_predicted"]))
    assert found.loc["macro_f1", "score"] == pytest.approx(f1_score(units["label"], units["label_predicted"], average="macro"))
    assert (found["low"] <= found["score"]).all()
    signature = json.loads((tmp_path / "e.json").read_text(encoding="utf-8"))["signature"]
    assert signature.items() >= {"n": "90", "split": "test.csv", "seed": "42", "level": "ordinal", "variable": "tone"}.items()
    assert signature["model"].startswith("goed.csv ")
    assert {"data", "numpy", "stance-nl", "trained_on"} <= set(signature)
    assert "signature model goed.csv" in printed


def test_two_models_are_compared_in_pairs(command, gold, predicted, tmp_path):
    asked = ["--predictions", predicted[0], "--versus", predicted[1], "--json", tmp_path / "e.json"]
    status, printed, told = command("evaluate", gold, "--variable", "tone", *asked)
    assert status == 0, told
    row = rows(tmp_path / "e.json", "difference").set_index("metric").loc["accuracy"]
    assert row["difference"] == pytest.approx(row["first"] - row["second"])
    assert row["low"] > 0
    assert row["p"] < 0.01
    assert "p of a randomisation test by cluster" in printed


def test_capitals_and_spaces_of_labels_change_nothing(command, gold, predicted, tmp_path):
    typed = {name: tmp_path / f"{name}.typed.csv" for name in ("gold", "goed")}
    for name, path in (("gold", gold), ("goed", predicted[0])):
        table = pd.read_csv(path)
        table.assign(label=table["label"].str.capitalize() + " ").to_csv(typed[name], index=False)
    asked = ["--variable", "tone", "--by", "outlet", "--calibration"]
    assert command("evaluate", gold, *asked, "--predictions", predicted[0], "--json", tmp_path / "e.json")[0] == 0
    people = tmp_path / "mensen.csv"
    pd.read_csv(typed["gold"])[["id", "label"]].assign(coder="An").to_csv(people, index=False)
    status, _, told = command("evaluate", typed["gold"], *asked, "--predictions", typed["goed"], "--json", tmp_path / "t.json")
    assert status == 0, told
    both = [json.loads((tmp_path / f"{name}.json").read_text(encoding="utf-8"))["rows"] for name in "et"]
    assert both[0] == both[1]
    status, _, told = command("evaluate", gold, "--variable", "tone", "--predictions", predicted[0], "--codings", people)
    assert status == 0, told


def test_runs_of_several_seeds_give_mean_and_spread(command, gold, predicted, tmp_path):
    asked = ["--predictions", predicted[0], "--predictions", predicted[1], "--json", tmp_path / "e.json"]
    status, printed, told = command("evaluate", gold, "--variable", "tone", *asked)
    assert status == 0, told
    each = [accuracy_score(*pd.read_csv(gold).merge(pd.read_csv(path), on="id")[["label_x", "label_y"]].to_numpy().T) for path in predicted]
    row = rows(tmp_path / "e.json", "seeds").set_index("metric").loc["accuracy"]
    assert (row["seeds"], row["mean"], row["sd"]) == (2, pytest.approx(np.mean(each)), pytest.approx(np.std(each, ddof=1)))
    assert row["low"] < row["mean"] < row["high"]
    assert "Over 2 runs" in printed


def test_a_folder_of_seeds_is_scored_with_its_runs(command, coded, tone_model, tmp_path):
    folder = tmp_path / "toon"
    shutil.copytree(tone_model, folder)
    for seed in (42, 302):
        shutil.copytree(tone_model, folder / f"seed-{seed}")
    status, _, told = command("evaluate", coded, "--variable", "tone", "--model", folder, "--json", tmp_path / "e.json")
    assert status == 0, told
    found = rows(tmp_path / "e.json", "seeds").set_index("metric")
    assert found.loc["accuracy", "seeds"] == 2
    assert found.loc["accuracy", "sd"] == 0
    assert rows(tmp_path / "e.json", "score")["metric"].tolist()[0] == "accuracy"


def test_people_stand_beside_the_model(command, gold, predicted, tmp_path):
    units = pd.read_csv(gold)
    people = pd.concat(
        [
            units[["id"]].assign(coder="An", coder_type="expert", label=units["label"]),
            units[["id"]].assign(coder="Bo", coder_type="student", label="neutral"),
        ]
    )
    people.to_csv(tmp_path / "c.csv", index=False)
    asked = ["--predictions", predicted[0], "--codings", tmp_path / "c.csv", "--json", tmp_path / "e.json"]
    status, printed, told = command("evaluate", gold, "--variable", "tone", *asked)
    assert status == 0, told
    found = rows(tmp_path / "e.json", "score").set_index("metric")
    assert found.loc["accuracy", "expert"] == 1
    assert found.loc["accuracy", "student"] == pytest.approx((units["label"] == "neutral").mean())
    ceiling = rows(tmp_path / "e.json", "ceiling").set_index(["coders", "metric"])
    assert ceiling.loc[("student", "accuracy"), "low"] < found.loc["accuracy", "student"] < ceiling.loc[("student", "accuracy"), "high"]
    assert "Single coders against the same gold" in printed
    assert "settled the gold themselves, their scores are too high" in told


def test_units_that_one_coder_coded_say_nothing_of_single_coders(command, gold, predicted, tmp_path):
    """Gold of 60 units is the label of An, their one coder; An and Bo coded the 30 others, which a third person settled."""
    units = pd.read_csv(gold)
    other = units["label"].map({"negative": "neutral", "neutral": "positive", "positive": "negative"})
    wrong = other.where(units.index % 3 == 0, units["label"])  # of each coder a third is wrong, where another checks them
    shared = units.index >= 60
    an = units[["id"]].assign(coder="An", label=wrong.where(shared, units["label"]))
    pd.concat([an, units.loc[shared, ["id"]].assign(coder="Bo", label=wrong)]).to_csv(tmp_path / "c.csv", index=False)
    asked = ["--predictions", predicted[0], "--codings", tmp_path / "c.csv", "--json", tmp_path / "e.json"]
    status, _, told = command("evaluate", gold, "--variable", "tone", *asked)
    assert status == 0, told
    assert rows(tmp_path / "e.json", "score").set_index("metric").loc["accuracy", "human"] == pytest.approx(2 / 3)
    assert "60 of 120 codings are of units that one coder coded" in told
    an.to_csv(tmp_path / "c.csv", index=False)
    status, printed, told = command("evaluate", gold, "--variable", "tone", *asked)
    assert status == 0, told
    assert "human: 0 units with gold were coded by two coders or more, under 10: no scores of single coders." in told
    assert "human" not in printed


def test_abstained_labels_are_scored_and_told(command, gold, predicted, tmp_path):
    table = pd.read_csv(predicted[0])
    table.assign(abstained=["TRUE"] * 12 + ["FALSE"] * 78).to_csv(tmp_path / "p.csv", index=False)
    status, printed, told = command("evaluate", gold, "--variable", "tone", "--predictions", tmp_path / "p.csv")
    assert status == 0, told
    assert "12 of 90 scored units are abstained" in told
    assert "n = 90" in printed
    assert "abstained" not in command("evaluate", gold, "--variable", "tone", "--predictions", predicted[0])[2]


def test_gold_drawn_with_unequal_probabilities_is_told(command, gold, predicted):
    for probability, unequal in ((0.2, False), ([0.1, 0.3] * 45, True)):
        pd.read_csv(gold).assign(sample_prob=probability).to_csv(gold, index=False)
        status, _, told = command("evaluate", gold, "--variable", "tone", "--predictions", predicted[0])
        assert status == 0, told
        assert ("drawn with unequal probabilities (sample_prob)" in told) is unequal


def test_calibration_is_told_with_error_and_coverage(command, gold, predicted, tmp_path):
    asked = ["--predictions", predicted[0], "--calibration", "--json", tmp_path / "e.json"]
    assert command("evaluate", gold, "--variable", "tone", *asked)[0] == 0
    means = rows(tmp_path / "e.json", "calibration").set_index("metric")["score"]
    assert set(means.index) == {"ece", "brier"}
    bins = rows(tmp_path / "e.json", "reliability")
    assert bins["n"].sum() == 90
    assert means["ece"] == pytest.approx((bins["n"] * (bins["accuracy"] - bins["confidence"]).abs()).sum() / 90)
    risk = rows(tmp_path / "e.json", "risk")
    assert risk["labelled"].tolist()[-1] == 1
    assert risk["accuracy"].tolist()[-1] == pytest.approx(rows(tmp_path / "e.json", "score")["score"].tolist()[0])
    pd.read_csv(predicted[0]).drop(columns="p_neutral").to_csv(tmp_path / "labels.csv", index=False)
    status, _, told = command("evaluate", gold, "--variable", "tone", "--predictions", tmp_path / "labels.csv", "--calibration")
    assert status == 1
    assert "has no probabilities (p_negative, p_neutral, p_positive), so its calibration cannot be judged" in told


def test_groups_tell_the_worst_and_the_gap_and_a_small_one_has_no_interval(command, gold, predicted, tmp_path):
    asked = ["--predictions", predicted[0], "--by", "outlet", "--by", "year", "--json", tmp_path / "e.json"]
    status, _, told = command("evaluate", gold, "--variable", "tone", *asked)
    assert status == 0, told
    groups = rows(tmp_path / "e.json", "group")
    assert sorted(groups["year"].dropna().unique()) == ["2021", "2022", "2023"]
    small = groups[groups["outlet"] == "Weekblad"]
    assert (small["note"] == "3 units, under 10: no interval").all()
    assert small["low"].isna().all()
    large = groups[(groups["metric"] == "accuracy") & groups["outlet"].isin(["De Merenbode", "Het Kanaal"])].set_index("outlet")["score"]
    assert f"By outlet, accuracy is lowest for {large.idxmin()} ({large.min():.3f}" in told
    assert f"{large.max() - large.min():.3f} under the highest" in told


def test_only_some_labels_are_scored_in_every_table(command, gold, predicted, tmp_path):
    asked = ["--predictions", predicted[0], "--only", "negative", "--only", "positive", "--by", "outlet", "--calibration"]
    status, _, told = command("evaluate", gold, "--variable", "tone", *asked, "--json", tmp_path / "e.json")
    assert status == 0, told
    units = pd.read_csv(gold)
    kept = units[units["label"] != "neutral"]
    found = rows(tmp_path / "e.json", "group").query("metric == 'accuracy'").set_index("outlet")["n"]
    assert found.to_dict() == kept["outlet"].value_counts().to_dict()
    assert rows(tmp_path / "e.json", "reliability")["n"].sum() == len(kept)
    assert "f1_neutral" not in set(rows(tmp_path / "e.json", "score")["metric"])
    status, _, told = command("evaluate", gold, "--variable", "tone", *asked[:2], "--only", "slecht")
    assert (status, told.count("\n")) == (1, 1)
    assert "no unit has gold slecht; its labels are negative, neutral, positive" in told


def test_few_units_and_absent_labels_are_told(command, tmp_path):
    units = pd.DataFrame({"id": list("abc"), "text": ["Haven open", "Raad vergadert", "Trein rijdt"], "label": "neutral"})
    units.to_csv(tmp_path / "t.csv", index=False)
    status, printed, told = command("evaluate", tmp_path / "t.csv", "--variable", "tone", "--predictions", tmp_path / "t.csv")
    assert status == 0
    assert "undefined: gold and predictions hold one label only" in printed
    assert "3 clusters of units are few: under 60, intervals are too narrow (that of accuracy is exact), and under 10 only" in told
    assert "No unit has gold negative or positive, whose F1 of 0 counts in macro F1: read accuracy." in told


def test_a_nominal_variable_of_a_codebook_has_no_ordinal_error(command, gold, predicted, tmp_path):
    book = tmp_path / "boek.toml"
    book.write_text('version = "1"\n[variables.frame]\nlabels = ["negative", "neutral", "positive"]\nlevel = "nominal"\n', encoding="utf-8")
    pd.read_csv(predicted[0]).assign(variable="frame").to_csv(tmp_path / "p.csv", index=False)
    asked = ["--variable", "frame", "--codebook", book, "--predictions", tmp_path / "p.csv", "--json", tmp_path / "e.json"]
    status, _, told = command("evaluate", gold, *asked)
    assert status == 0, told
    assert "mae" not in set(rows(tmp_path / "e.json", "score")["metric"])


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda rows: rows.iloc[:-2], "2 of 90 units have no prediction, first id 'u"),
        (lambda rows: pd.concat([rows, rows.head(1)]), "1 units have a second prediction, first id 'u"),
        (lambda rows: rows.assign(label="slecht"), "label 'slecht' is not in variable 'tone'"),
        (lambda rows: rows.assign(variable="stance"), "no row has variable 'tone'; column 'variable' holds stance"),
        (lambda rows: rows.drop(columns="label"), "column 'label' is missing"),
    ],
)
def test_predictions_that_do_not_fit_are_refused_in_one_sentence(command, gold, predicted, tmp_path, change, problem):
    change(pd.read_csv(predicted[0])).to_csv(tmp_path / "p.csv", index=False)
    status, printed, told = command("evaluate", gold, "--variable", "tone", "--predictions", tmp_path / "p.csv")
    assert (status, printed, told.count("\n")) == (1, "", 1), told
    assert problem in told


def test_what_cannot_be_asked_together_is_refused(command, gold, predicted, tone_model, tmp_path):
    for asked, problem in [
        (["--model", tone_model, "--predictions", predicted[0]], "Pass --model or --predictions"),
        (["--predictions", predicted[0], "--card"], "a table has no card"),
        (["--predictions", predicted[0], "--codings", gold], "column 'coder' is missing"),
        (["--predictions", predicted[0], "--by", "outlett"], "Did you mean 'outlet'"),
    ]:
        status, _, told = command("evaluate", gold, "--variable", "tone", *asked)
        assert (status, told.count("\n")) == (1, 1), told
        assert problem in told


def test_a_leak_is_told_with_its_pair_and_refused_unless_allowed(command, gold, predicted, tmp_path):
    train = tmp_path / "train.csv"
    pd.DataFrame({"id": ["t1", "t2"], "text": ["Iets heel anders over het weer", "KOP nummer 7!"]}).to_csv(train, index=False)
    asked = ["evaluate", gold, "--variable", "tone", "--predictions", predicted[0], "--trained-on", train]
    status, printed, told = command(*asked)
    assert status == 1
    assert "t2" in printed
    assert "u7" in printed
    assert "1 of 90 test units repeat a training unit (first: 'u7' repeats 't2'); leave them out" in told
    status, printed, told = command(*asked, "--allow-leak")
    assert status == 0
    assert "macro_f1" in printed
    assert "scored even so, as asked" in told


def test_scores_go_into_the_card_of_a_model_folder_once(command, coded, tone_model, tmp_path):
    folder = tmp_path / "toon"
    shutil.copytree(tone_model, folder)
    status, _, told = command("evaluate", coded, "--variable", "tone", "--model", folder, "--card")
    assert status == 1
    assert "has no card" in told
    from stance.model.card import write_card

    write_card(folder)
    for seed in (42, 43):
        assert command("evaluate", coded, "--variable", "tone", "--model", folder, "--card", "--seed", seed)[0] == 0
    card = (folder / "README.md").read_text(encoding="utf-8")
    assert card.count("## Scores on koppen.csv") == 1
    assert "| seed 43 |" in card
    assert "| seed 42 |" not in card.split("## Scores on koppen.csv")[1]
    assert command("evaluate", coded, "--variable", "tone", "--model", folder)[0] == 0


@pytest.mark.usefixtures("shipped")
def test_the_card_of_a_model_inside_the_package_is_left_alone(command, coded):
    for asked in (["evaluate", coded, "--variable", "tone", "--card"], ["audit", "tone", coded, "--card"]):
        status, _, told = command(*asked)
        assert (status, told.count("\n")) == (1, 1), told
        assert "'tone' is a model inside the package, whose card is not rewritten" in told


def test_labels_of_people_are_scored_without_torch_or_a_model(gold, predicted):
    block = "import sys\nfor name in ('torch', 'transformers'): sys.modules[name] = None\nfrom stance.cli import main\nmain()"
    arguments = ["evaluate", gold, "--variable", "tone", "--predictions", predicted[0]]
    done = subprocess.run([sys.executable, "-W", "error", "-c", block, *map(str, arguments)], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert "macro_f1" in done.stdout


@pytest.mark.data
def test_single_coders_of_ecosent_score_as_published(command, shared, tmp_path):
    folder = shared / "tone" / "ecosent"
    gold = pd.read_json(folder / "gold.jsonl", lines=True, dtype={"id": str})
    gold[["id", "label"]].to_csv(tmp_path / "p.csv", index=False)
    asked = ["--predictions", tmp_path / "p.csv", "--codings", folder / "coders.jsonl", "--json", tmp_path / "e.json"]
    assert command("evaluate", folder / "gold.jsonl", "--variable", "tone", *asked)[0] == 0
    found = rows(tmp_path / "e.json", "ceiling").set_index(["coders", "metric"])["score"].round(3)
    assert [found[("crowd", metric)] for metric in ("accuracy", "alpha", "macro_f1")] == [0.719, 0.752, 0.723]
