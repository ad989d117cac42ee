"""Makes models (extra ``train``: torch, transformers): encoders, pre-training, fine-tuning, export.

Below it torch is imported only where a GPU labels or gradients explain. The hub is asked for an encoder only when one is named that is not
on this machine.
"""

import os

os.environ.setdefault("DISABLE_SAFETENSORS_CONVERSION", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "true")
