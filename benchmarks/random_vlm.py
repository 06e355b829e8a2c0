"""SmolVLM in its real sizes with random weights: as fast as the real one, and knows nothing.

Nothing is downloaded. The tokenizer is learned from hangtag's own prompts, to pieces of about a
word, as the real one has them; so prompts have about as many tokens, not exactly as many.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hangtag.engines.vlm.torch_loading import Loaded
from hangtag.prompts import json_prompt, question, repair_prompt, stages, yes_no_question
from hangtag.taxonomy import default_taxonomy

TEMPLATE = (
    "<|im_start|>{% for m in messages %}{{ m['role'] | capitalize }}"
    "{{ ':' if m['content'][0]['type'] == 'image' else ': ' }}"
    "{% for c in m['content'] %}{{ '<image>' if c['type'] == 'image' else c['text'] }}{% endfor %}"
    "<end_of_utterance>\n{% endfor %}{% if add_generation_prompt %}Assistant:{% endif %}"
)


@dataclass(frozen=True)
class Size:
    """What decides how much is computed."""

    vision: dict[str, int]
    text: dict[str, int]
    shuffle: int
    vocabulary: int


_SMALL_VISION = {
    "hidden_size": 768, "intermediate_size": 3072, "num_hidden_layers": 12,
    "num_attention_heads": 12, "image_size": 512, "patch_size": 16,
}  # fmt: skip
SIZES = {
    "256M": Size(
        _SMALL_VISION,
        {"hidden_size": 576, "intermediate_size": 1536, "num_hidden_layers": 30,
         "num_attention_heads": 9, "num_key_value_heads": 3},
        4, 49280,
    ),
    "500M": Size(
        _SMALL_VISION,
        {"hidden_size": 960, "intermediate_size": 2560, "num_hidden_layers": 32,
         "num_attention_heads": 15, "num_key_value_heads": 5},
        4, 49280,
    ),
    "2.2B": Size(
        {"hidden_size": 1152, "intermediate_size": 4304, "num_hidden_layers": 27,
         "num_attention_heads": 16, "image_size": 384, "patch_size": 14},
        {"hidden_size": 2048, "intermediate_size": 8192, "num_hidden_layers": 24,
         "num_attention_heads": 32, "num_key_value_heads": 32},
        3, 49155,
    ),
}  # fmt: skip


def random_vlm(name: str, device: str, dtype: str) -> Loaded:
    """The model of that size, on a device, as the engine would have loaded it."""
    import torch
    from transformers import Idefics3ForConditionalGeneration

    processor = random_processor(name)
    config = random_config(name, processor.tokenizer)
    kind = getattr(torch, dtype)
    before = torch.get_default_dtype()
    torch.set_default_dtype(kind)
    try:
        with torch.device(device):
            model = Idefics3ForConditionalGeneration._from_config(
                config, attn_implementation="sdpa"
            )
    finally:
        torch.set_default_dtype(before)
    for weights in model.parameters():
        weights.requires_grad_(requires_grad=False)
    return Loaded(f"random-{name}", "0" * 12, model.eval(), processor, device, kind)


def random_config(name: str, tokens: Any) -> Any:
    """The configuration of that size, for these tokens."""
    from transformers import Idefics3Config

    size = SIZES[name]
    return Idefics3Config(
        text_config={
            "model_type": "llama", **size.text, "vocab_size": size.vocabulary,
            "max_position_embeddings": 8192, "pad_token_id": tokens.pad_token_id,
            "bos_token_id": tokens.bos_token_id, "eos_token_id": tokens.eos_token_id,
        },
        vision_config=size.vision,
        scale_factor=size.shuffle,
        image_token_id=tokens.convert_tokens_to_ids("<image>"),
        pad_token_id=tokens.pad_token_id,
        tie_word_embeddings=False,
    )  # fmt: skip


def random_processor(name: str) -> Any:
    """The processor of that size: real photos sizes, a tokenizer of our own."""
    from transformers import Idefics3Processor
    from transformers.models.idefics3.image_processing_pil_idefics3 import Idefics3ImageProcessorPil

    size = SIZES[name]
    side = size.vision["image_size"]
    images = Idefics3ImageProcessorPil(
        size={"longest_edge": 4 * side},
        max_image_size={"longest_edge": side},
        image_mean=[0.5] * 3,
        image_std=[0.5] * 3,
    )
    length = (side // size.vision["patch_size"]) ** 2 // size.shuffle**2
    return Idefics3Processor(images, _tokenizer(), image_seq_len=length, chat_template=TEMPLATE)


def _tokenizer() -> Any:
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    taxonomy = default_taxonomy()
    corpus = [json_prompt(s.attributes, "long", confidence=True) for s in stages(taxonomy.read)]
    corpus += [question(a, "long") for a in taxonomy.read]
    corpus += [f" {o.name}" for a in taxonomy.read for o in a.options]
    corpus += [yes_no_question(a, o) for a in taxonomy.read for o in a.options]
    corpus += [repair_prompt({"a": "it is missing"}), " Yes No A B C D E F G H I"]
    pairs = Tokenizer(models.BPE())
    pairs.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    pairs.decoder = decoders.ByteLevel()
    pairs.train_from_iterator(
        corpus * 4,
        trainers.BpeTrainer(
            vocab_size=1600,
            special_tokens=["<|endoftext|>", "<|im_start|>", "<|im_end|>"],
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        ),
    )
    names = ["<fake_token_around_image>", "<image>", "<end_of_utterance>", "<global-img>"]
    pairs.add_special_tokens([AddedToken(n, normalized=False, special=True) for n in names])
    return PreTrainedTokenizerFast(
        tokenizer_object=pairs,
        bos_token="<|im_start|>",
        eos_token="<end_of_utterance>",
        pad_token="<|im_end|>",
        padding_side="left",
        clean_up_tokenization_spaces=False,
    )
