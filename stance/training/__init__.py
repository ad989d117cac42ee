"""Makes models (extra ``train``: torch, transformers): encoders, pre-training, fine-tuning, export.

Below it torch is imported only where a GPU labels or gradients explain. Nothing here phones home: the hub is asked
for an encoder only when one is named that is not on this machine, and its telemetry is off.
"""

import os

os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
os.environ.setdefault("DO_NOT_TRACK", "1")
os.environ.setdefault("DISABLE_SAFETENSORS_CONVERSION", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "true")
