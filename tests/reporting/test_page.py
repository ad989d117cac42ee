"""The page and its files: valid, text-free, readable by keyboard, and with the numbers of the rooms below."""

from __future__ import annotations

import io
import itertools
import json
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import html5lib
import matplotlib.image
import numpy as np
import pandas as pd
import pytest

from stance.coding.agreement import agreement
from stance.errors import InputError
from stance.estimation.estimates import estimate
from stance.estimation.question import Question
from stance.evaluation.metrics import compare
from stance.reporting.page import ReportRequest, write_report
from stance.reporting.page.material import prepare
from stance.reporting.page.sections.agreement import agreement_section
from stance.reporting.page.sections.corpus import corpus_section, losses_section
from stance.reporting.page.sections.estimates import estimates_section
from stance.reporting.page.sections.quality import scores_section
from stance.reporting.page.writing import SECTIONS, compose

XHTML, SVG = "{http://www.w3.org/1999/xhtml}", "{http://www.w3.org/2000/svg}"
Element = ElementTree.Element


def parsed(path: Path) -> Element:
    """The tree of a page; a page that breaks a rule of HTML raises."""
    return html5lib.HTMLParser(strict=True).parse(path.read_text(encoding="utf-8"))


def every(tree: Element, tag: str, space: str = XHTML) -> list[Element]:
    return list(tree.iter(space + tag))


@pytest.fixture(scope="session")
def full(everything: ReportRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("reports") / "full"
    assert write_report(everything, out) == out / "report.html"
    return out


@pytest.fixture(scope="session")
def dutch(toward_targets: ReportRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("reports") / "verslag"
    write_report(toward_targets, str(out))
    return out


@pytest.fixture(scope="session")
def bare(predictions_only: ReportRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("reports") / "bare"
    write_report(predictions_only, out)
    return out


@pytest.fixture(params=["full", "dutch", "bare"])
def page(request: pytest.FixtureRequest) -> Path:
    return request.getfixturevalue(request.param) / "report.html"


def test_is_valid_and_its_ids_are_unique(page: Path) -> None:
    tree = parsed(page)
    ids = [element.get("id") for element in tree.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    named = {name for element in tree.iter() for name in (element.get("aria-labelledby") or "").split()}
    links = {element.get("href", "")[1:] for element in every(tree, "a")}
    used = {
        element.get("{http://www.w3.org/1999/xlink}href", "#")[1:] or element.get("href", "#")[1:] for element in every(tree, "use", SVG)
    }
    assert named | links | used - {""} <= set(ids)


def test_loads_nothing_and_runs_nothing(page: Path) -> None:
    tree, text = parsed(page), page.read_text(encoding="utf-8")
    assert not [*every(tree, "script"), *every(tree, "iframe"), *every(tree, "img"), *every(tree, "object")]
    assert [link.get("href") for link in every(tree, "link")] == ["data:,"]
    assert not re.search(r"@import|url\((?!#)", text)
    addresses = set(re.findall(r"(?:https?:)?//[\w./-]+", text))
    assert addresses <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}
    assert not [name for element in tree.iter() for name in element.keys() if name.startswith("on")]  # noqa: SIM118


def test_can_be_walked_by_keyboard_and_heard(page: Path) -> None:
    tree = parsed(page)
    assert tree.get("lang") == ("nl" if "verslag" in str(page) else "en")
    assert [len(every(tree, tag)) for tag in ("header", "nav", "main", "footer", "h1", "title")] == [1] * 6
    first = next(element for element in every(tree, "body")[0] if element.tag == XHTML + "a")
    assert (first.get("class"), first.get("href"), every(tree, "main")[0].get("id")) == ("skip", "#main", "main")
    levels = [int(element.tag[-1]) for element in tree.iter() if re.fullmatch(XHTML + "h[1-6]", str(element.tag))]
    assert levels[0] == 1
    assert max(b - a for a, b in itertools.pairwise(levels)) <= 1
    for table in every(tree, "table"):
        assert table[0].tag == XHTML + "caption"
        assert "".join(table[0].itertext()).strip()
        assert {cell.get("scope") for cell in every(table, "th")} == {"col", "row"}
    for region in (element for element in tree.iter() if element.get("class") == "scroll"):
        assert (region.get("tabindex"), region.get("role"), bool(region.get("aria-label"))) == ("0", "region", True)


def test_every_figure_says_what_it_shows(page: Path) -> None:
    figures = every(parsed(page), "figure")
    assert figures
    for figure in figures:
        (drawing,) = [child for child in figure.iter(SVG + "svg")]
        title, description = drawing.find(SVG + "title"), drawing.find(SVG + "desc")
        assert drawing.get("role") == "img"
        assert drawing.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
        assert title.text in "".join(every(figure, "figcaption")[0].itertext())
        assert re.search(r"\d", description.text), "a description without a number tells less than the figure"


def test_with_everything_shows_all_parts_and_more_than_five_figures(full: Path) -> None:
    tree = parsed(full / "report.html")
    assert not [element for element in tree.iter() if element.get("class") == "absent"]
    assert len(every(tree, "figure")) >= 9
    names = {figure.get("id") for figure in every(tree, "figure")}
    assert {"figure-estimates_outlet", "figure-estimates_month", "figure-estimates_section", "figure-calibration"} <= names


def test_says_what_is_missing_and_that_naive_shares_are_no_finding(bare: Path) -> None:
    text = "".join(parsed(bare / "report.html").itertext())
    assert "No coded sample was given: shares below are naive and not a finding." in text
    for option in ("--codings", "--gold", "--audit"):
        assert option in text
    for name in ("scores", "agreement", "calibration", "audit_flips"):
        assert not (bare / "tables" / f"{name}.csv").exists()
    captions = ["".join(caption.itertext()) for caption in every(parsed(bare / "report.html"), "figcaption")]
    assert sum("no finding" in caption for caption in captions) == 3
    shares = pd.read_csv(bare / "tables" / "estimates_outlet.csv")
    assert "corrected" not in shares
    assert shares[shares["measure"] != "mean"].groupby("outlet")["naive"].sum().to_numpy() == pytest.approx(1)


def test_holds_no_text_of_articles(full: Path, dutch: Path, bare: Path) -> None:
    for folder in (full, dutch, bare):
        for path in folder.rglob("*"):
            assert path.is_dir() or b"zorgbond" not in path.read_bytes().lower(), path


def test_names_with_signs_of_html_stay_words(full: Path) -> None:
    cells = ["".join(cell.itertext()) for cell in every(parsed(full / "report.html"), "th")]
    assert "Stad & <Streek>" in cells
    assert "Stad \\& <Streek>" in (full / "tables" / "corpus_outlets.tex").read_text(encoding="utf-8")


def test_every_table_and_figure_is_a_file_too(page: Path) -> None:
    tree, folder = parsed(page), page.parent
    tables = {table.get("id", "").removeprefix("table-") for table in every(tree, "table")}
    figures = {figure.get("id", "").removeprefix("figure-") for figure in every(tree, "figure")}
    assert {path.name for path in (folder / "tables").iterdir()} == {f"{name}.{end}" for name in tables for end in ("csv", "tex")}
    assert {path.name for path in (folder / "figures").iterdir()} == {f"{name}.{end}" for name in figures for end in ("svg", "png")}
    for name in figures:
        ElementTree.parse(folder / "figures" / f"{name}.svg")
        raster = matplotlib.image.imread(io.BytesIO((folder / "figures" / f"{name}.png").read_bytes()))
        assert raster.shape[1] > 500
        assert raster[..., :3].std() > 0.01, "the figure is empty"


def test_its_numbers_are_those_of_the_rooms_below(full: Path, everything: ReportRequest) -> None:
    joined = everything.gold.merge(everything.predictions, on="id", suffixes=("_gold", ""))
    found = compare(joined["label_gold"], joined["label"], labels=everything.variable.labels)
    scores = pd.read_csv(full / "tables" / "scores.csv").set_index("metric")
    assert scores.loc["accuracy", "score"] == pytest.approx(found.accuracy)
    assert scores.loc["alpha", "score"] == pytest.approx(found.alpha)
    assert scores["coders"].between(scores["coders_low"], scores["coders_high"]).all()
    coders = agreement(everything.codings, everything.variable, rng=np.random.default_rng(42))
    table = pd.read_csv(full / "tables" / "agreement.csv")
    assert (table["alpha"][0], table["low"][0]) == pytest.approx((coders.alpha, coders.interval.low))
    question = Question(everything.variable, by=("outlet",), cluster="cluster")
    corrected = estimate(everything.predictions, everything.gold, question).table
    written = pd.read_csv(full / "tables" / "estimates_outlet.csv")
    shown = corrected[corrected["part"].isin(["share", "mean"])].reset_index(drop=True)
    for name in ("naive", "corrected", "low", "high"):
        assert written[name].to_numpy() == pytest.approx(shown[name].to_numpy(dtype=float), nan_ok=True)


def test_the_page_rounds_what_the_csv_holds(full: Path) -> None:
    rows = every(next(t for t in every(parsed(full / "report.html"), "table") if t.get("id") == "table-scores"), "tr")
    shown = {row[0].text: [cell.text for cell in row[1:]] for row in rows[1:]}
    accuracy = pd.read_csv(full / "tables" / "scores.csv").iloc[0]
    assert shown["accuracy"][:2] == [f"{accuracy['score']:.3f}", f"[{accuracy['low']:.3f}, {accuracy['high']:.3f}]"]


def test_stance_is_counted_toward_each_target_apart(dutch: Path) -> None:
    written = pd.read_csv(dutch / "tables" / "estimates_outlet.csv")
    assert set(written["target"]) == {"kernenergie", "het windpark"}
    assert (dutch / "tables" / "groups_target.csv").is_file()
    text = "".join(parsed(dutch / "report.html").itertext())
    assert "Standpunten in Nederlandstalig nieuws" in text
    assert "aandeel tegen" in text
    assert re.search(r"\[0,\d{3}; 0,\d{3}\]", text), "Dutch writes a decimal comma"


def test_the_order_of_rows_changes_no_number_and_no_figure(full: Path, everything: ReportRequest, tmp_path: Path) -> None:
    shuffled = replace(
        everything,
        predictions=everything.predictions.sample(frac=1, random_state=1),
        gold=everything.gold.sample(frac=1, random_state=2),
        codings=everything.codings.sample(frac=1, random_state=3),
    )
    write_report(shuffled, tmp_path / "again")
    for path in [*full.rglob("tables/*"), *full.rglob("figures/*.png")]:
        assert path.read_bytes() == (tmp_path / "again" / path.relative_to(full)).read_bytes(), path.name


def test_gold_of_several_coders_gives_agreement_too(predictions_only: ReportRequest, everything: ReportRequest) -> None:
    codings = everything.codings.merge(everything.gold[["id", "sample_prob"]], on="id")
    material = prepare(replace(predictions_only, gold=codings))
    assert not agreement_section(material).absent
    assert len(material.coded) == 120


def test_coders_who_all_gave_one_label_do_not_stop_the_page(everything: ReportRequest) -> None:
    found = agreement_section(prepare(replace(everything, codings=everything.codings.assign(label="neutral"))))
    assert "all labels are equal ('neutral'" in found.absent
    assert not found.tables


def test_a_sample_of_unknown_chances_corrects_nothing_and_says_why(predictions_only: ReportRequest, everything: ReportRequest) -> None:
    gold = everything.gold.drop(columns="sample_prob")
    asked = replace(predictions_only, gold=gold)
    estimates = estimates_section(prepare(asked))
    assert "sample_prob" in estimates.warnings[0]
    assert "corrected" not in estimates.tables[0].frame
    told = estimates_section(prepare(replace(asked, random_sample=True)))
    assert told.tables[0].frame["corrected"].notna().all()


def test_units_that_were_lost_are_counted(predictions_only: ReportRequest, everything: ReportRequest) -> None:
    gold = pd.concat([everything.gold, pd.DataFrame({"id": ["elders", "a0x"], "label": ["positive", "neutral"]})])
    gold.iloc[0, gold.columns.get_loc("label")] = None
    predictions = predictions_only.predictions.assign(
        abstained=predictions_only.predictions["abstained"].map({True: "True", False: "False"})
    )
    section = losses_section(prepare(replace(predictions_only, predictions=predictions, gold=gold)))
    table = section.tables[0].frame.set_index("what")["units"]
    assert table["gold: units without a label"] == 1
    assert table["gold: units without a prediction"] == 2
    assert table["abstained: confidence under the threshold"] == predictions_only.predictions["abstained"].sum()
    assert table["seen in part (coverage under 1)"] == 24


def test_rows_that_could_not_be_labelled_are_counted(predictions_only: ReportRequest, toward_targets: ReportRequest) -> None:
    failed = pd.DataFrame({"id": ["x1", "x2", "x3"], "failed": "text is empty; fill it in."})
    for request, told in ((predictions_only, "no label: the row could not"), (toward_targets, "geen label: de rij kon niet")):
        rows = pd.concat([failed, request.predictions.assign(failed=None)], ignore_index=True)
        table = losses_section(prepare(replace(request, predictions=rows))).tables[0].frame
        assert table["what"][0].startswith(told)
        assert table.loc[0, ["units", "of"]].tolist() == [3, len(request.predictions) + 3]
        assert len(table) == len(losses_section(prepare(request)).tables[0].frame) + 1


def test_a_group_with_too_few_coded_units_is_counted_once(everything: ReportRequest, toward_targets: ReportRequest) -> None:
    assert not estimates_section(prepare(everything)).warnings
    rows = everything.predictions
    short = replace(everything, predictions=rows.assign(outlet=rows["outlet"].where(rows.index > 4, "Klein Blad")))
    (told,) = estimates_section(prepare(short)).warnings
    assert told.startswith("Groups that have too few coded units for a corrected figure: 1. ")
    rows = toward_targets.predictions
    short = replace(toward_targets, predictions=rows.assign(outlet=rows["outlet"].where(rows.index > 9, "Klein Blad")))
    (told,) = estimates_section(prepare(short)).warnings  # one outlet, toward each of two targets
    assert told.startswith("Groepen met te weinig gecodeerde eenheden voor een gecorrigeerd cijfer: 2. ")


def test_abstentions_are_told_once_and_in_the_language_of_the_page(everything: ReportRequest) -> None:
    assert everything.predictions["abstained"].any()
    assert not any("abstained" in remark for remark in estimates_section(prepare(everything)).remarks)
    by_abstained = replace(everything, by=("abstained",))
    assert any(table.name == "estimates_abstained" for table in estimates_section(prepare(by_abstained)).tables)


def test_a_blank_cluster_is_none(everything: ReportRequest) -> None:
    rows = everything.predictions.assign(cluster="")
    of_none, of_blank = (
        prepare(replace(everything, predictions=table)) for table in (rows.drop(columns="cluster"), rows.assign(cluster=["", " "] * 120))
    )
    repeats = losses_section(of_blank).tables[0].frame.set_index("what")["units"]
    assert repeats["repeat of another text (same cluster)"] == 0
    first, second = (scores_section(material).tables[0].frame for material in (of_none, of_blank))
    pd.testing.assert_frame_equal(first, second)


def test_first_and_last_are_of_dates_that_sort_in_time(predictions_only: ReportRequest) -> None:
    dates = ["17-05-2019", "2019-06", "31 december 2018", "2019-03-02T10:00", "1-1-2020", "2019-13-40", None, "20190101"]
    rows = predictions_only.predictions.head(16).assign(date=dates * 2, outlet=["AD"] * 8 + ["NOS"] * 8)
    rows.loc[rows["outlet"] == "NOS", "date"] = "17-05-2019"
    section = corpus_section(prepare(replace(predictions_only, predictions=rows)))
    table = section.tables[0].frame.set_index("outlet")
    assert table.loc["AD", ["first", "last"]].tolist() == ["2019-03-02T10:00", "2019-06"]
    assert table.loc["NOS", ["first", "last"]].isna().all()
    assert section.facts[0].note == "2019-03-02T10:00 – 2019-06"


def test_a_corpus_without_outlets_and_dates_is_reported(predictions_only: ReportRequest) -> None:
    rows = predictions_only.predictions.drop(columns=["outlet", "date", "cluster", "coverage", "abstained", "target_named"])
    document = compose(replace(predictions_only, predictions=rows))
    assert [picture.name for picture in document.pictures] == ["estimates"]
    assert "no dates" in document.sections[0].paragraphs[1]


def test_many_months_become_years(predictions_only: ReportRequest) -> None:
    rows = predictions_only.predictions
    rows = rows.assign(date=[f"{1990 + number % 30}-{1 + number % 12:02d}-01" for number in range(len(rows))])
    assert prepare(replace(predictions_only, predictions=rows)).groups == ("outlet", "year")
    assert prepare(replace(predictions_only, by=("quarter",))).groups == ("outlet", "quarter")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"predictions": pd.DataFrame({"id": ["a"], "label": ["slecht"]})}, "label 'slecht' is not in variable 'tone'"),
        ({"predictions": pd.DataFrame({"id": ["a"], "label": [None]})}, "predictions row 1: the label is empty"),
        ({"predictions": pd.DataFrame({"id": ["a", "a"], "label": ["neutral"] * 2})}, "unit 'a' stands twice"),
        ({"by": ("partij",)}, "column 'partij' is missing"),
        ({"language": "de"}, "language 'de' is unknown; a report is in en or nl"),
        ({"audit": {"rows": "none"}}, "this is no audit"),
        ({"gold": pd.DataFrame({"id": ["b"], "label": ["neutral"]})}, "none of its 1 units is a unit of the predictions"),
        ({"gold": pd.DataFrame({"id": ["a1", "a1"], "label": ["neutral"] * 2})}, "gold: unit 'a1' stands twice"),
    ],
)
def test_refuses_what_it_cannot_report(predictions_only: ReportRequest, tmp_path: Path, change: dict, why: str) -> None:
    with pytest.raises(InputError, match=re.escape(why)) if "slecht" not in why else pytest.raises(ValueError, match=why):
        write_report(replace(predictions_only, **change), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_replaces_an_earlier_report_and_nothing_else(full: Path, predictions_only: ReportRequest, tmp_path: Path) -> None:
    out = tmp_path / "report"
    shutil.copytree(full, out)
    (out / "tables" / "mine.csv").write_text("a\n", encoding="utf-8")
    write_report(predictions_only, out)
    assert not (out / "tables" / "scores.csv").exists()
    assert (out / "tables" / "mine.csv").is_file()
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.docx").touch()
    with pytest.raises(InputError, match="is not empty and holds no earlier report"):
        write_report(predictions_only, tmp_path / "thesis")
    (tmp_path / "thesis" / "plot.png").touch()
    rows = [{"kind": "figure", "name": "../../thesis/plot"}, {"kind": "../thesi", "name": "plot"}]
    (out / "report.json").write_text(json.dumps({"rows": rows}), encoding="utf-8")
    write_report(predictions_only, out)
    assert (tmp_path / "thesis" / "plot.png").is_file()
    (out / "report.json").write_text("[]", encoding="utf-8")
    with pytest.raises(InputError, match="this is not the list of a report"):
        write_report(predictions_only, out)


def test_a_column_of_any_name_stays_in_the_folder(predictions_only: ReportRequest, tmp_path: Path) -> None:
    rows = predictions_only.predictions.rename(columns={"section": "../deel van <krant>"})
    out = tmp_path / "deep" / "report"
    write_report(replace(predictions_only, predictions=rows, by=("../deel van <krant>",)), out)
    assert (out / "tables" / "estimates_deel_van_krant.csv").is_file()
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["report"]
    parsed(out / "report.html")


def test_tells_its_progress(predictions_only: ReportRequest) -> None:
    done: list[int] = []
    compose(predictions_only, on_progress=done.append)
    assert done == [1] * len(SECTIONS)


def test_opens_in_a_browser_without_a_complaint(full: Path, tmp_path: Path) -> None:
    browser = shutil.which("chromium") or shutil.which("chromium-browser")
    if browser is None:
        pytest.skip("there is no Chromium here")
    quiet = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update"]
    command = [browser, "--headless", "--no-sandbox", *quiet, "--disable-sync", f"--user-data-dir={tmp_path / 'profile'}"]
    command += ["--enable-logging=stderr", "--window-size=400,900", f"--screenshot={tmp_path / 'narrow.png'}", str(full / "report.html")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert "CONSOLE" not in done.stderr
    assert matplotlib.image.imread(tmp_path / "narrow.png").std() > 0.05
