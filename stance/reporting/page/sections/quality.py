"""How good the labels are: scores beside the human ceiling, by label, by group, and whether the model knows when it does not know."""

from __future__ import annotations

import pandas as pd

from stance.coding.clusters import clusters_of
from stance.coding.joining import unit_columns, without_targets
from stance.corpus.records import as_strings
from stance.evaluation.groups import score_groups
from stance.evaluation.metrics import Evaluation, beside_gold, compare, human_ceiling
from stance.evaluation.resampling import FEWEST_CLUSTERS, bootstrap
from stance.evaluation.results import MAIN, Calibration, calibrate, confusion_table, shared_codings
from stance.reporting.page.content import Fact, Picture, Section, Table, file_name
from stance.reporting.page.figures import COLOURS, INK, SOFT, canvas, decimals, described, dots, matrix, picture
from stance.reporting.page.material import Material

__all__ = ["calibration_section", "groups_section", "scores_section"]

MOST_GROUPS = 20  # drawn; the table holds all


def scores_section(material: Material) -> Section:
    """Return the scores of the predictions against gold, with the human ceiling where codings tell it."""
    say, coded = material.say, material.coded
    if coded.empty:
        return Section("scores", say("scores.title"), absent=say("scores.absent"))
    found = compare(
        coded["gold"], coded["predicted"], labels=material.variable.labels, level=material.variable.level, clusters=clusters_of(coded)
    )
    table = bootstrap(found, rng=material.rng())
    ceiling = _ceiling(material)
    if ceiling is not None:
        people = bootstrap(ceiling, rng=material.rng()).set_index("metric").reindex(table["metric"])
        table = table.assign(coders=people["score"].to_numpy(), coders_low=people["low"].to_numpy(), coders_high=people["high"].to_numpy())
    table = table[[*(name for name in table if name != "note"), "note"]]
    right = table.iloc[0]
    unequal = "sample_prob" in coded and coded["sample_prob"].nunique() > 1
    return Section(
        "scores",
        say("scores.title"),
        (say("scores.intro", units=found.n), say("scores.ceiling", coders=ceiling.n) if ceiling is not None else say("scores.no_ceiling")),
        warnings=(say("scores.unequal"),) if unequal else (),
        tables=(
            Table("scores", say("scores.caption"), table),
            Table("scores_by_label", say("scores.per_label"), found.per_label),
            Table("confusion", say("scores.confusion"), confusion_table(found)),
        ),
        pictures=(_drawn_scores(material, table), _drawn_confusion(material, found)),
        facts=(
            Fact(say("scores.coded"), say.count(found.n), say("scores.of_units", units=len(material.rows))),
            Fact(say("words.accuracy"), say.number(right["score"]), say.interval(right["low"], right["high"])),
        ),
    )


def groups_section(material: Material) -> Section:
    """Return the scores of each group of coded units."""
    say, coded = material.say, material.coded
    names = [name for name in material.groups if name != material.period and coded[name].notna().any()]
    if coded.empty or not names:
        return Section("groups", say("groups.title"), absent=say("groups.absent") if coded.empty else say("groups.no_columns"))
    tables, pictures = [], []
    for name in names:
        scores = score_groups(coded.assign(cluster=clusters_of(coded)), [name], variable=material.variable, rng=material.rng()).table
        scores = scores[scores["metric"].isin(MAIN)].reset_index(drop=True)
        scores[name] = scores[name].fillna(say("words.unknown"))
        heading = say.column(name)
        tables.append(Table(file_name("groups", name), say("groups.caption", column=heading), scores))
        pictures.append(_drawn_groups(material, scores, name))
    return Section("groups", say("groups.title"), (say("groups.intro"),), tables=tuple(tables), pictures=tuple(pictures))


def calibration_section(material: Material) -> Section:
    """Return how far the probabilities can be believed, and the accuracy that is left when only the surest units count."""
    say, coded, probabilities = material.say, material.coded, material.probabilities
    if coded.empty or probabilities.shape[1] < len(material.variable.labels):
        why = "calibration.absent" if coded.empty else "calibration.no_probabilities"
        return Section("calibration", say("calibration.title"), absent=say(why))
    found = calibrate(probabilities, material.variable.codes(coded["gold"]), clusters=clusters_of(coded))
    numbers = {"ece": say.number(found.ece, places=3), "brier": say.number(found.brier, places=3)}
    tables = (
        Table("calibration", say("calibration.caption"), found.curve),
        Table("surest_units", say("calibration.surest"), found.steps.drop(columns="risk")),
    )
    return Section(
        "calibration",
        say("calibration.title"),
        (say("calibration.intro", **numbers),),
        tables=tables,
        pictures=(_drawn_calibration(material, found),),
    )


def _ceiling(material: Material) -> Evaluation | None:
    """Return how single coders score against gold, on units that several coded; nothing where there are too few of these."""
    codings, coded, variable = material.codings, material.coded, material.variable
    if codings is None:
        return None
    given, shared = shared_codings(codings if material.toward else without_targets(codings, variable), variable)
    gold = coded[unit_columns(coded, variable)].assign(label=coded["gold"])
    ours = given[shared].assign(id=as_strings(given.loc[shared, "id"]))
    if beside_gold(ours, gold)["unit"].nunique() < FEWEST_CLUSTERS:  # the page says that there is no ceiling
        return None
    return human_ceiling(ours, gold, labels=variable.labels, level=variable.level)


def _drawn_scores(material: Material, table: pd.DataFrame) -> Picture:
    say = material.say
    rows = table[~table["metric"].eq("mae")].reset_index(drop=True)
    shown = rows.assign(name=[_metric(material, metric) for metric in rows["metric"]])
    with canvas(height=1.1 + 0.36 * len(shown)) as (figure, axes):
        axis = axes[0, 0]
        apart = 0.13 if "coders" in shown else 0.0
        dots(axis, shown, label=say("scores.model"), shift=-apart)
        if "coders" in shown:
            people = shown[["name"]].assign(score=shown["coders"], low=shown["coders_low"], high=shown["coders_high"])
            dots(axis, people, label=say("scores.coder"), colour=COLOURS[1], marker="s", shift=apart)
            figure.legend(loc="outside lower center", ncols=2)
        axis.set_xlim(min(0.0, float(shown["low"].min()) - 0.05), 1.02)
        decimals(axis, say)
        told = {
            name: f"{say.number(score)} {say.interval(low, high)}"
            for name, score, low, high in shown[["name", "score", "low", "high"]].itertuples(index=False)
        }
        return picture(figure, "scores", caption=say("scores.figure"), alt=say("scores.alt", told=described(told)))


def _metric(material: Material, metric: str) -> str:
    return f"F1 {material.say.word(metric[3:])}" if metric.startswith("f1_") else material.say.word(metric)


def _drawn_confusion(material: Material, found: Evaluation) -> Picture:
    say, words = material.say, material.words
    size = 1.0 + 0.62 * len(words)
    with canvas(width=2.2 + 1.15 * len(words), height=size) as (figure, axes):
        axis = axes[0, 0]
        matrix(axis, found.confusion, words=words, say=say)
        axis.set(xlabel=say("scores.predicted"), ylabel=say("scores.gold"))
        hits = {
            word: f"{say.count(int(row[place]))} / {say.count(int(row.sum()))}"
            for place, (word, row) in enumerate(zip(words, found.confusion, strict=True))
        }
        return picture(figure, "confusion", caption=say("scores.confusion_figure"), alt=say("scores.confusion_alt", told=described(hits)))


def _drawn_groups(material: Material, scores: pd.DataFrame, name: str) -> Picture:
    say = material.say
    largest = scores[scores["metric"] == "accuracy"].sort_values("n", ascending=False, kind="stable").head(MOST_GROUPS)[name]
    with canvas(height=1.2 + 0.3 * len(largest), columns=2) as (figure, axes):
        told: dict[str, str] = {}
        for axis, metric in zip(axes[0], ("accuracy", "macro_f1"), strict=True):
            rows = scores[scores["metric"] == metric].set_index(name).loc[largest]
            names = [f"{group} ({say.count(int(n))})" for group, n in zip(rows.index, rows["n"], strict=True)]
            dots(axis, rows.assign(name=names), label=metric, colour=COLOURS[0])
            axis.set_title(say.word(metric))
            axis.set_xlim(0, 1.02)
            decimals(axis, say)
            told |= {f"{say.word(metric)} {group}": say.number(score) for group, score in zip(names, rows["score"], strict=True)}
        axes[0, 1].set_yticklabels([])
        column = say.column(name)
        return picture(
            figure, file_name("groups", name), caption=say("groups.figure", column=column), alt=say("groups.alt", told=described(told))
        )


def _drawn_calibration(material: Material, found: Calibration) -> Picture:
    say, curve, sure = material.say, found.curve, found.risk
    with canvas(height=3.5, columns=2) as (figure, axes):
        left, right = axes[0]
        left.plot([0, 1], [0, 1], color=SOFT, linestyle="--", linewidth=1)
        left.vlines(curve["confidence"], curve["low"], curve["high"], color=COLOURS[0], linewidth=1.2)
        left.plot(curve["confidence"], curve["accuracy"], "o-", color=COLOURS[0])
        for n, sure_of in zip(curve["n"], curve["confidence"], strict=True):
            left.annotate(say.count(int(n)), (sure_of, 0), xytext=(0, 3), textcoords="offset points", color=INK, fontsize=8, ha="center")
        left.set(
            xlim=(min(0.3, curve["confidence"].min() - 0.03), 1.02),
            ylim=(0, 1.04),
            xlabel=say("calibration.confidence"),
            ylabel=say("words.accuracy"),
        )
        left.set_title(say("calibration.left"))
        tail = sure[sure["n"] >= min(10, len(material.coded))]
        right.plot(tail["labelled"], 1 - tail["risk"], color=COLOURS[0])
        right.set(xlim=(0, 1.02), ylim=(0, 1.04), xlabel=say("calibration.labelled"), ylabel=say("words.accuracy"))
        right.set_title(say("calibration.right"))
        for axis in axes[0]:
            decimals(axis, say, which="y")
            decimals(axis, say, percent=axis is right)
        told = {say.number(one): say.number(other) for one, other in zip(curve["confidence"], curve["accuracy"], strict=True)}
        return picture(figure, "calibration", caption=say("calibration.figure"), alt=say("calibration.alt", told=described(told)))
