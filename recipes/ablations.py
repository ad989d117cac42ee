"""What of an article should be read? ``python recipes/ablations.py`` prints the choices of windows on the coded articles that were kept aside.

The shipped network labels the same units under other policies: nothing is trained anew, and no test is looked at. Each policy is calibrated on the
same units as it is scored on, alike for all.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from shipping import ARTICLES, HEADS_SHIPPED, Head, outputs, units_of

from stance.coding.codebook import builtin
from stance.evaluation.metrics import compare
from stance.model.encoder import EncoderScorer
from stance.model.fitting import fit_frequencies
from stance.model.folder import NETWORK, SHIPPED
from stance.model.opening import read_tokenizer
from stance.model.session import OnnxSession
from stance.model.shared import HeadSession, SharedNetwork
from stance.model.windows import WindowCutter, WindowPolicy

ARTICLE_POLICIES = {
    "512 tokens, title": WindowPolicy(length=512, scope="all", title=True),
    "512 tokens": WindowPolicy(length=512, scope="all"),
    "256 tokens, title": WindowPolicy(length=256, scope="all", title=True),
    "128 tokens, title": WindowPolicy(length=128, scope="all", title=True),
}
TARGET_POLICIES = {
    "passage of 800 characters, title": WindowPolicy(length=512, scope="passage", passage=800, title=True),
    "passage of 800 characters": WindowPolicy(length=512, scope="passage", passage=800),
    "passage of 400 characters, title": WindowPolicy(length=512, scope="passage", passage=400, title=True),
    "passage of 1,600 characters, title": WindowPolicy(length=512, scope="passage", passage=1_600, title=True),
    "windows of 128 tokens that name it": WindowPolicy(length=128, scope="target"),
    "windows of 256 tokens that name it": WindowPolicy(length=256, scope="target"),
    "all windows of 512 tokens, title": WindowPolicy(length=512, scope="all", title=True),
}


def tried(head: Head, shared: SharedNetwork) -> Iterator[str]:
    """Yield a row of the table for each policy of a head."""
    variable, units = builtin(head.variable), units_of(head, "dev")
    gold = variable.codes(units["label"])
    tokenizer = read_tokenizer(SHIPPED / ARTICLES / "tokenizer.json")
    for name, policy in (ARTICLE_POLICIES if head.choice == "article" else TARGET_POLICIES).items():
        scorer = EncoderScorer(variable.labels, WindowCutter(tokenizer, policy), HeadSession(shared, tuple(outputs()[head.place])))
        raw = scorer.score(units)
        settled = fit_frequencies(raw.probabilities, gold).apply(raw.probabilities)
        names = np.array(variable.labels, dtype=object)
        found = compare(names[gold], names[settled.argmax(axis=1)], labels=variable.labels)
        yield f"| {head.variable}-{head.member} | {name} | {found.alpha:.3f} | {found.macro_f1:.3f} | {raw.windows.mean():.2f} | {raw.coverage.mean():.2f} |"


def main() -> None:
    """Print the table."""
    shared = SharedNetwork(OnnxSession(SHIPPED / ARTICLES / NETWORK, pad_id=1))
    print("| model | what is read | alpha | macro F1 | windows | coverage |\n|---|---|---|---|---|---|")
    for head in HEADS_SHIPPED:
        for row in tried(head, shared):
            print(row, flush=True)


if __name__ == "__main__":
    main()
