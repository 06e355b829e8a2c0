"""CLIP and SigLIP of a few thousand random weights, made in a second, without a download."""

from __future__ import annotations

from pathlib import Path
from typing import Any

WORDS = (
    "a", "black", "blue", "checked", "dress", "for", "green", "long", "men", "red", "shirt",
    "striped", "women",
)  # fmt: skip
SIDE = 32
VISION = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "image_size": SIDE,
    "patch_size": 8,
}


def make(folder: Path, kind: str) -> Path:
    """A checkpoint of ``clip`` or ``siglip``, or of ``bert``, which sees no photos."""
    import torch
    import transformers

    torch.manual_seed(3)
    tokens = _tokenizer(transformers)
    text = {
        "vocab_size": len(tokens), "hidden_size": 32, "intermediate_size": 64,
        "num_hidden_layers": 2, "num_attention_heads": 2, "max_position_embeddings": 12,
        "bos_token_id": tokens.bos_token_id, "eos_token_id": tokens.eos_token_id,
        "pad_token_id": tokens.pad_token_id,
    }  # fmt: skip
    model: Any
    if kind == "bert":
        model = transformers.BertModel(transformers.BertConfig(**text))
    elif kind == "clip":
        config = transformers.CLIPConfig(text_config=text, vision_config=VISION, projection_dim=24)
        model = transformers.CLIPModel(config)
    else:
        config = transformers.SiglipConfig(text_config=text, vision_config=VISION)
        model = transformers.SiglipModel(config)
    with torch.no_grad():
        for weights in model.parameters():
            if weights.ndim > 1:
                weights.normal_(0, 0.3)
    model.save_pretrained(folder)
    tokens.save_pretrained(folder)
    size = {"height": SIDE, "width": SIDE}
    transformers.SiglipImageProcessor(size=size).save_pretrained(folder)
    return folder


def _tokenizer(transformers: Any) -> Any:
    from tokenizers import Tokenizer, models, pre_tokenizers, processors

    special = ["<pad>", "<unk>", "<start>", "<end>"]
    numbers = {word: number for number, word in enumerate([*special, *WORDS])}
    tokens = Tokenizer(models.WordLevel(numbers, unk_token="<unk>"))
    tokens.pre_tokenizer = pre_tokenizers.Whitespace()
    tokens.post_processor = processors.TemplateProcessing(
        single="<start> $A <end>", special_tokens=[("<start>", 2), ("<end>", 3)]
    )
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokens, bos_token="<start>", eos_token="<end>", pad_token="<pad>",
        unk_token="<unk>",
    )  # fmt: skip
