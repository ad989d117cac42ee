"""The tokenizer of an encoder as its ``tokenizer.json`` stands, which is what the encoder was trained with.

``AutoTokenizer`` of transformers 5 builds the tokenizer of some families anew from the vocabulary alone. RobBERT-2023's own splits words at
punctuation and puts a space before each; rebuilt, it does neither, and the encoder is fed pieces it never saw, without a word. So the file is read as it is,
and what comes out is compared with it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer
from transformers import AutoTokenizer, PreTrainedTokenizerFast

from stance.errors import ModelError

__all__ = ["SETTINGS", "read_fast_tokenizer", "save_fast_tokenizer"]

FILE, SETTINGS = "tokenizer.json", "tokenizer_config.json"
PADS = ("<pad>", "[PAD]")
# Where rebuilt tokenizers have differed: capitals inside a sentence, marks, quotes, numbers, hyphens, accents, double spaces.
PROBES = (
    "Mark Rutte vergadert met D66 en de ChristenUnie.",
    '"Dit deugt niet", zegt wethouder Els Bos (VVD).',
    "’s Avonds kost het € 3,50; om 19.30 uur niet.",
    "Het kabinet-Rutte III viel op 15-01-2021!",
    "Oekraïne, België en Curaçao: drie coördinatoren…",
    "NOS: minister  wil  anti-stakingswet  afschaffen",
    "d'Hondt en 't Hart zeiden: ‘Nee, nooit’.",
    "70% van de 1.200 zzp'ers verdient < 20.000 euro/jaar.",
)


def read_fast_tokenizer(folder: Path) -> Any:
    """Return the tokenizer of the encoder in ``folder``, which cuts as its ``tokenizer.json`` says; refuses one that does not.

    A folder without that file (the vocabulary only) gets what transformers makes of it.
    """
    if not (folder / FILE).is_file():
        return AutoTokenizer.from_pretrained(folder, local_files_only=True, use_fast=True)
    tokenizer = PreTrainedTokenizerFast.from_pretrained(folder, local_files_only=True)
    written = Tokenizer.from_file(str(folder / FILE))
    if tokenizer.pad_token_id is None:  # a bare file does not say which token pads
        tokenizer.pad_token = next((token for token in PADS if written.token_to_id(token) is not None), None)
    different = [text for text in PROBES if tokenizer.backend_tokenizer.encode(text).ids != written.encode(text).ids]
    if different:
        raise ModelError(
            f"{folder}: transformers cuts '{different[0]}' otherwise than {FILE} says, so the encoder would read tokens it never saw; "
            "install the versions of transformers and tokenizers that constraints.txt names."
        )
    return tokenizer


def save_fast_tokenizer(tokenizer: Any, folder: Path) -> None:
    """Write the tokenizer into ``folder`` such that every version of transformers opens it, and none rebuilds it."""
    tokenizer.save_pretrained(folder)
    tokenizer.backend_tokenizer.save(str(folder / FILE), pretty=False)  # half as long
    settings = json.loads((folder / SETTINGS).read_text(encoding="utf-8"))
    settings["tokenizer_class"] = "PreTrainedTokenizerFast"
    (folder / SETTINGS).write_text(json.dumps(settings, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
