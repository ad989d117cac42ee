"""Pre-training on invented Dutch text: the windows, the masking, a kill, the folder that comes out, and what is refused."""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
import zstandard
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import AutoModelForMaskedLM, AutoTokenizer, RobertaConfig, RobertaForMaskedLM

from stance.errors import InputError, ModelError, TrainingError
from stance.training.pretraining import run
from stance.training.pretraining.masking import mask_words, word_table
from stance.training.pretraining.run import Phase, PretrainConfig, pretrain, read_config
from stance.training.pretraining.texts import Losses, TextSource, excluded_keys, read_source
from stance.training.pretraining.tokens import END, START, Feed, Windows, build_token_file
from stance.training.pretraining.trimming import keep_layers

MUON = hasattr(torch.optim, "Muon")
WHO = [
    "De minister",
    "Een raadslid",
    "De oppositie",
    "Het kabinet",
    "De burgemeester",
    "Een woordvoerder",
    "Buurman Jan",
    "De fietsersbond",
]
DOES = ["verdedigt", "bekritiseert", "prijst", "verwerpt", "betwijfelt", "steunt", "wil", "bespreekt"]
WHAT = [
    "het klimaatakkoord",
    "de nieuwe fietsbrug",
    "hogere belastingen",
    "het asielbeleid",
    "de bibliotheek",
    "gratis parkeren",
    "de coalitie",
]


def invented(count: int, seed: int = 0) -> list[str]:
    rng = np.random.default_rng(seed)
    lines = (f"{rng.choice(WHO)} {rng.choice(DOES)} {rng.choice(WHAT)}, zei men op dag {number}." for number in range(3 * count))
    return [" ".join(next(lines) for _ in range(3)) for _ in range(count)]


def write_rows(path: Path, rows: list[object]) -> Path:
    path.write_text("".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def texts(tmp_path_factory) -> Path:
    return write_rows(tmp_path_factory.mktemp("texts") / "nieuws.jsonl", [{"text": text} for text in invented(300)])


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    """A byte-level BPE tokenizer with RobBERT's special ids."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    tokenizer.decoder = decoders.ByteLevel()
    special = [AddedToken(token, special=True, lstrip=token == "<mask>") for token in ("<s>", "<pad>", "</s>", "<unk>", "<mask>")]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=600, min_frequency=2, special_tokens=special, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator(invented(300), trainer=trainer)
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", END), ("<s>", START), add_prefix_space=True)
    return tokenizer


@pytest.fixture(scope="module")
def untrained(tokenizer: Tokenizer, tmp_path_factory) -> Callable[[int], Path]:
    """A function that writes an untrained encoder of so many layers, which sees 32 tokens, and returns its folder."""

    def write(layers: int) -> Path:
        folder = tmp_path_factory.mktemp("untrained")
        torch.manual_seed(0)
        shape = {"hidden_size": 32, "num_attention_heads": 2, "intermediate_size": 128, "max_position_embeddings": 34, "type_vocab_size": 1}
        RobertaForMaskedLM(RobertaConfig(vocab_size=tokenizer.get_vocab_size(), num_hidden_layers=layers, **shape)).save_pretrained(folder)
        tokenizer.save(str(folder / "tokenizer.json"))
        return folder

    return write


@pytest.fixture(scope="module")
def start(untrained: Callable[[int], Path]) -> Path:
    return untrained(2)


@pytest.fixture
def config(texts: Path, start: Path, tmp_path: Path) -> PretrainConfig:
    return PretrainConfig(
        sources=(TextSource("nieuws", (texts,)),),
        phases=(Phase(16, 40 * 128, 128),),
        out=tmp_path / "run",
        start=str(start),
        learning_rate=3e-3,
        held_out_share=0.1,
        held_out_windows=16,
        evaluate_every=5,
        device="cpu",
    )


def log_of(folder: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (folder / "log.jsonl").read_text(encoding="utf-8").splitlines()]


def read(source: TextSource, losses: Losses, excluded: frozenset[bytes] = frozenset()) -> list[str]:
    return list(read_source(source, losses, seen=set(), excluded=excluded, seed=1))


# --- texts ---


def test_bad_rows_repeats_and_unreadable_files_are_counted(tmp_path: Path) -> None:
    write_rows(
        tmp_path / "a.jsonl",
        [{"text": "Een  brug."}, {"text": "Een brug."}, "{kapot", {"titel": "x"}, {"text": " "}, {"text": "Twee bruggen."}],
    )
    (tmp_path / "b.jsonl.gz").write_bytes(b"dit is geen gzip")
    (tmp_path / "c.jsonl.gz").write_bytes(gzip.compress(json.dumps({"text": "Drie bruggen."}).encode()))
    (tmp_path / "d.txt").write_bytes("caf\xe9".encode("latin-1"))
    (tmp_path / "e.parquet").write_bytes(b"geen parquet")
    losses = Losses()
    assert read(TextSource("map", (tmp_path,)), losses) == ["Een  brug.", "Twee bruggen.", "Drie bruggen."]
    assert (losses.texts, losses.bad_rows, losses.repeated, losses.empty) == (3, 2, 1, 1)
    assert [Path(told.split(" (")[0]).name for told in losses.unreadable_files] == ["b.jsonl.gz", "d.txt", "e.parquet"]
    assert "unreadable files" in losses.sentence("map")


def test_excluded_texts_are_left_out_even_as_a_title(tmp_path: Path) -> None:
    test_set = write_rows(tmp_path / "gold.jsonl", [{"text": "Honderden banen weg bij fabriek"}])
    rows = [{"title": "Honderden banen weg bij fabriek!", "text": "De fabriek sluit."}, {"title": "Brug open", "text": "Eindelijk."}]
    source = TextSource("nieuws", (write_rows(tmp_path / "nieuws.jsonl", rows),), columns=("title", "text"))
    losses = Losses()
    assert read(source, losses, excluded_keys([test_set], ("text",))) == ["Brug open\nEindelijk."]
    assert losses.excluded == 1


def test_packed_files_and_parquet_are_read(tmp_path: Path) -> None:
    packed = zstandard.ZstdCompressor().compress(json.dumps({"text": "Een brug."}).encode())
    (tmp_path / "a.jsonl.zst").write_bytes(packed)
    pd.DataFrame({"title": ["Brug", None], "text": ["Twee bruggen.", "Drie."]}).to_parquet(tmp_path / "b.parquet")
    assert read(TextSource("map", (tmp_path,), columns=("text", "title")), Losses()) == ["Een brug.", "Twee bruggen.\nBrug", "Drie."]


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"weg\.jsonl: no such file"):
        read(TextSource("nieuws", (tmp_path / "weg.jsonl",)), Losses())


def test_a_share_of_a_source_and_a_filter(texts: Path, tmp_path: Path) -> None:
    assert 60 < len(read(TextSource("nieuws", (texts,), weight=0.3), Losses())) < 120
    rows = [{"text": "a b", "split": "train"}, {"text": "c d", "split": "test"}]
    source = TextSource("set", (write_rows(tmp_path / "set.jsonl", rows),), where=(("split", "train"),))
    assert read(source, Losses()) == ["a b"]


# --- windows ---


def test_windows_are_full_and_hold_every_token_once(tokenizer: Tokenizer, texts: Path, tmp_path: Path) -> None:
    data = build_token_file((TextSource("nieuws", (texts,)),), tokenizer, tmp_path, excluded=frozenset(), held_out_share=0.1, seed=1)
    numbered = np.arange(10, 10 + data.tokens, dtype=np.uint16)  # every token its own number
    windows = Windows(numbered, ((0, data.tokens, 1.0),), 16, 1)
    body = windows.take(windows.order(0))
    assert body.shape == (data.tokens // 14, 16)
    assert (body[:, 0] == START).all() and (body[:, -1] == END).all()
    inside = body[:, 1:-1].ravel()
    assert len(set(inside.tolist())) == inside.size and data.tokens - inside.size < 14
    real = Windows(data.train(), ((0, data.tokens, 1.0),), 16, 1)
    assert not (real.take(real.order(0)) == tokenizer.token_to_id("<pad>")).any()


def test_weights_repeat_windows_and_passes_differ() -> None:
    windows = Windows(np.arange(140, dtype=np.uint16), ((0, 70, 2.5), (70, 140, 1.0)), 16, 3)
    counts = np.bincount(windows.order(0), minlength=140)
    assert counts[:70].sum() == 12 and counts[70:].sum() == 5
    feed = Feed(windows)
    first = feed.take(0, 17)
    assert len(feed.take(15, 8)) == 2  # the last of the pass
    assert not np.array_equal(feed.take(17, 17), first)
    assert np.array_equal(feed.take(0, 17), first)


# --- masking ---


def test_masking_hides_whole_words_and_never_special_tokens(tokenizer: Tokenizer, rng: np.random.Generator) -> None:
    ids = tokenizer.encode("De fietsersbond bekritiseert klimaatonvriendelijkheden, zegt men.", add_special_tokens=False).ids
    window = np.array([[START, *ids, END, START, *ids, END]] * 200)
    table = word_table(tokenizer)
    batch = mask_words(window, table, 0.3, rng=rng)
    hidden = np.zeros(window.size, dtype=bool)
    hidden[batch.positions] = True
    hidden = hidden.reshape(window.shape)
    assert not hidden[table.special[window]].any()
    follows = ~table.begins[window]  # goes on with the word before it
    follows[:, 1:] &= ~table.special[window[:, :-1]]
    assert follows.any()
    assert (hidden[:, 1:] == hidden[:, :-1])[follows[:, 1:]].all()
    assert np.array_equal(window.ravel()[batch.positions], batch.labels)
    assert hidden[~table.special[window]].mean() == pytest.approx(0.3, abs=0.03)
    assert (batch.inputs.ravel()[batch.positions] == table.mask_id).mean() == pytest.approx(0.8, abs=0.03)
    assert np.array_equal(batch.inputs[~hidden], window[~hidden])


# --- the run ---


@pytest.mark.parametrize("optimizer", ["adamw", pytest.param("muon", marks=pytest.mark.skipif(not MUON, reason="torch before 2.9"))])
def test_a_killed_and_resumed_run_follows_the_same_curve(config: PretrainConfig, tmp_path: Path, monkeypatch, optimizer: str) -> None:
    config = replace(
        config,
        optimizer=optimizer,
        dropout=0.1,
        checkpoint_minutes=1e-6,
        phases=(Phase(16, 25 * 128, 128), Phase(32, 15 * 128, 128)),
    )
    whole = pretrain(config)
    broken = replace(config, out=tmp_path / "broken")
    take_step, taken = run._step, []

    def killed(*arguments):
        if len(taken) == 18:
            raise KeyboardInterrupt
        taken.append(take_step(*arguments))
        return taken[-1]

    monkeypatch.setattr(run, "_step", killed)
    with pytest.raises(KeyboardInterrupt):
        pretrain(broken)
    monkeypatch.setattr(run, "_step", take_step)
    with pytest.raises(TrainingError, match=r"holds an unfinished run with seed 1, not 3; go on with 1"):
        pretrain(replace(broken, seed=3))
    resumed = pretrain(broken)
    assert resumed.steps == whole.steps
    losses = [[line["held_out_loss"] for line in log_of(folder)] for folder in (config.out, broken.out)]
    assert losses[1] == pytest.approx(losses[0], rel=1e-3)
    assert len({line["step"] for line in log_of(broken.out)}) == len(log_of(broken.out))
    assert whole.held_out_loss < losses[0][0] - 0.3


def test_the_folder_opens_and_training_goes_on_from_it(config: PretrainConfig, tmp_path: Path) -> None:
    result = pretrain(replace(config, snapshots=(0.5,), workers=2, accumulate=2))
    assert (config.out / "snapshot_50" / "model.safetensors").is_file()
    model, tokenizer = AutoModelForMaskedLM.from_pretrained(result.folder), AutoTokenizer.from_pretrained(result.folder)
    plain = Tokenizer.from_file(str(result.folder / "tokenizer.json"))
    pair = plain.encode("De minister\nwil weg", "Rutte")
    assert tokenizer("De minister\nwil weg", "Rutte")["input_ids"] == pair.ids
    assert [pair.ids[0], pair.ids[-1]] == [START, END] and pair.ids.count(END) == 3
    with torch.no_grad():
        assert model(**tokenizer("De <mask> wil.", return_tensors="pt")).logits.shape[-1] == plain.get_vocab_size()
    hidden = plain.encode("De <mask> wil")
    assert plain.token_to_id("<mask>") in hidden.ids and hidden.tokens[1] == "ĠDe" and len(hidden.ids) == 5
    record = json.loads((result.folder / "pretraining.json").read_text(encoding="utf-8"))
    assert record["tokens"] == result.tokens and len(record["data_sha256"]) == 64 and record["versions"]["torch"] == torch.__version__
    assert result.left_out[0].startswith("nieuws: 300 texts")
    onward = pretrain(replace(config, out=tmp_path / "onward", start=str(result.folder), learning_rate=1e-6))
    assert onward.held_out_loss == pytest.approx(result.held_out_loss, abs=0.002)


def test_the_clock_ends_the_run_and_its_schedule(config: PretrainConfig) -> None:
    result = pretrain(replace(config, phases=(Phase(16, 10**9, 128),), minutes=0.02))
    assert 1.2 <= result.seconds < 4 and result.steps > 0


def test_neither_too_few_texts_nor_another_architecture(config: PretrainConfig, tmp_path: Path) -> None:
    few = write_rows(tmp_path / "few.jsonl", [{"text": "Kort."}])
    with pytest.raises(TrainingError, match="less than one window of 16; add texts"):
        pretrain(replace(config, sources=(TextSource("few", (few,)),)))
    with pytest.raises(TrainingError, match="window 64 is longer than the 32 tokens"):
        pretrain(replace(config, out=tmp_path / "long", phases=(Phase(64, 10_000, 128),)))
    with pytest.raises(ModelError, match="no encoder 'robbrt'"):
        pretrain(replace(config, out=tmp_path / "other", start="robbrt"))


# --- a teacher ---


def test_an_encoder_learns_the_hidden_states_of_its_teacher(
    config: PretrainConfig, untrained: Callable[[int], Path], tmp_path: Path
) -> None:
    teacher = pretrain(replace(config, start=str(untrained(4)))).folder
    student = tmp_path / "student"
    shutil.copytree(teacher, student)
    model = AutoModelForMaskedLM.from_pretrained(teacher)
    keep_layers(model.roberta, (1, 3))
    model.save_pretrained(student)
    taught = replace(config, out=tmp_path / "taught", start=str(student), teacher=str(teacher))
    result = pretrain(taught)
    losses = [line["held_out_loss"] for line in log_of(taught.out)]
    assert result.held_out_loss < 0.6 and result.held_out_loss < 0.5 * losses[0]  # 1 is a constant guess
    same = pretrain(replace(config, out=tmp_path / "same", start=str(teacher), teacher=str(teacher), learning_rate=1e-9, bf16=False))
    assert same.held_out_loss == pytest.approx(0, abs=1e-6)
    with pytest.raises(TrainingError, match="holds an unfinished run with teacher"):
        pretrain(replace(taught, teacher=""))


def test_a_teacher_of_another_vocabulary_is_refused(config: PretrainConfig, tmp_path: Path, tiny_encoder: Path) -> None:
    with pytest.raises(ModelError, match="its vocab_size is 500 and that of the encoder"):
        pretrain(replace(config, out=tmp_path / "taught", teacher=str(tiny_encoder)))


# --- the configuration ---

GOOD = """
out = "run"
start = "mini"
minutes = 5
[[sources]]
name = "nieuws"
paths = ["teksten"]
where = { split = "train" }
[[phases]]
window = 64
tokens = 1_000_000
"""


def test_a_config_is_read_relative_to_its_file(tmp_path: Path) -> None:
    (tmp_path / "run.toml").write_text(GOOD, encoding="utf-8")
    config = read_config(tmp_path / "run.toml")
    assert config.out == tmp_path / "run" and config.sources[0].paths == (tmp_path / "teksten",)
    assert config.sources[0].where == (("split", "train"),) and config.minutes == 5.0 and config.phases == (Phase(64, 1_000_000),)
    assert config.start == "mini" and config.learning_rate == 5e-5
    (tmp_path / "mini").mkdir()
    assert read_config(tmp_path / "run.toml").start == str(tmp_path / "mini")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("minutes = 5", 'minutes = "vijf"', r"minutes: 'vijf' must be a number; mend it\."),
        ("minutes = 5", "minuts = 5", r"'minuts' is not a setting; .* Did you mean 'minutes'\?"),
        ("minutes = 5", "minutes = -1", r"minutes: -1\.0 must be at least 0\.001"),
        ("minutes = 5", "mask_rate = 1.5", r"mask_rate: 1\.5 must be from 0\.01 to 0\.9"),
        ("minutes = 5", "accumulate = true", "accumulate: True must be a whole number"),
        ('start = "mini"', "", "the file: 'start' is missing; add it"),
        ("minutes = 5", 'optimizer = "adam"', r"optimizer: 'adam' is not one of adamw, muon\. Did you mean 'adamw'\?"),
        ("minutes = 5", "workers = 2\ndropout = 0.1", "workers: 2 threads with dropout 0.1"),
        ("window = 64", "", "phases: 'window' is missing; add it"),
        ('name = "nieuws"', "name = 3", "sources: name 3 must be text"),
        ('["teksten"]', '"teksten"', "paths: 'teksten' must be a list of texts in quotes"),
        ("minutes = 5", "minutes = ", "is not TOML"),
    ],
)
def test_a_bad_config_is_refused_in_one_sentence(tmp_path: Path, old: str, new: str, message: str) -> None:
    path = tmp_path / "run.toml"
    path.write_text(GOOD.replace(old, new), encoding="utf-8")
    with pytest.raises(TrainingError, match=message) as error:
        read_config(path)
    assert str(error.value).startswith(str(path)) and "\n" not in str(error.value)
