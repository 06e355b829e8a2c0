"""Vision-language models of a few thousand random weights, made in a second, without a download.

They have the shape of the real ones, tokenizer and chat template included, and large weights: with
the usual initialisation all answers would be about as likely, and faults would not show.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hangtag.prompts import json_prompt, question, stages, yes_no_question
from hangtag.taxonomy import default_taxonomy

IMAGE = "<image>"
END = "<end_of_utterance>"
FAKE = "<fake_token_around_image>"

# What these models were trained to see: a role, a colon, the photo, the text, the end of the turn.
TEMPLATE = (
    "<|im_start|>"
    "{%- for message in messages -%}"
    "{{ message['role'] | capitalize }}:"
    "{%- for part in message['content'] -%}"
    "{%- if part['type'] == 'image' -%}{{ '<image>' }}"
    "{%- elif loop.first -%}{{ ' ' + part['text'] }}{%- else -%}{{ part['text'] }}{%- endif -%}"
    "{%- endfor -%}{{ '<end_of_utterance>\\n' }}"
    "{%- endfor -%}"
    "{%- if add_generation_prompt -%}{{ 'Assistant:' }}{%- endif -%}"
)

# A photo has four tokens a tile.
TILE, PATCH, SHUFFLE = 16, 4, 2
VISION = {
    "hidden_size": 24,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "image_size": TILE,
    "patch_size": PATCH,
}
TEXT = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 8192,
}


def make(folder: Path, kind: str) -> Path:
    """A checkpoint of a ``kind``, written into ``folder``.

    ``idefics3`` is SmolVLM's first version, ``smolvlm`` its second; ``llava`` is another family;
    ``recurrent`` has a language model with convolutions over earlier tokens.
    """
    import torch
    import transformers

    torch.manual_seed(5)
    tokens = tokenizer(tags_are_tokens=kind != "idefics3")
    special = {
        "vocab_size": len(tokens),
        "bos_token_id": tokens.bos_token_id,
        "eos_token_id": tokens.eos_token_id,
        "pad_token_id": tokens.pad_token_id,
    }
    model, processor = _families[kind](transformers, tokens, special)
    with torch.no_grad():
        for name, weights in model.named_parameters():
            if weights.ndim > 1:
                weights.normal_(0, 0.4 if "embed" in name else 0.2)
    model.generation_config = transformers.GenerationConfig(
        eos_token_id=tokens.eos_token_id, pad_token_id=tokens.pad_token_id
    )
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder


def tokenizer(*, tags_are_tokens: bool) -> Any:
    """Byte pairs, learned from our own prompts. The names of tiles are tokens, or written out."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    taxonomy = default_taxonomy()
    corpus = [json_prompt(stage.attributes) for stage in stages(taxonomy.read)]
    corpus += [question(a, "long") for a in taxonomy.read]
    corpus += [yes_no_question(a, o) for a in taxonomy.read for o in a.options]
    pairs = Tokenizer(models.BPE())
    pairs.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    pairs.decoder = decoders.ByteLevel()
    pairs.train_from_iterator(
        corpus,
        trainers.BpeTrainer(
            vocab_size=460,
            special_tokens=["<|endoftext|>", "<|im_start|>", "<|im_end|>"],
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        ),
    )
    names = [FAKE, IMAGE, END]
    if tags_are_tokens:
        names += ["<global-img>", *(f"<row_{r}_col_{c}>" for r in range(1, 5) for c in range(1, 5))]
    pairs.add_special_tokens([AddedToken(n, normalized=False, special=True) for n in names])
    return PreTrainedTokenizerFast(
        tokenizer_object=pairs,
        bos_token="<|im_start|>",
        eos_token=END,
        pad_token="<|im_end|>",
        padding_side="left",
        clean_up_tokenization_spaces=False,
    )


def _preparing(kind: Any) -> Any:
    """An image processor whose own default cuts photos into tiles, as that of the real ones."""
    return kind(
        size={"longest_edge": 4 * TILE},
        max_image_size={"longest_edge": TILE},
        image_mean=[0.5] * 3,
        image_std=[0.5] * 3,
    )


def _idefics3(transformers: Any, tokens: Any, special: dict[str, Any]) -> tuple[Any, Any]:
    from transformers.models.idefics3.image_processing_pil_idefics3 import Idefics3ImageProcessorPil

    return _of_tiles(
        transformers, "Idefics3", images=Idefics3ImageProcessorPil, tokens=tokens, special=special
    )


def _smolvlm(transformers: Any, tokens: Any, special: dict[str, Any]) -> tuple[Any, Any]:
    from transformers.models.smolvlm.image_processing_pil_smolvlm import SmolVLMImageProcessorPil

    return _of_tiles(
        transformers, "SmolVLM", images=SmolVLMImageProcessorPil, tokens=tokens, special=special
    )


def _recurrent(transformers: Any, tokens: Any, special: dict[str, Any]) -> tuple[Any, Any]:
    from transformers.models.idefics3.image_processing_pil_idefics3 import Idefics3ImageProcessorPil

    text = {
        "model_type": "lfm2",
        "layer_types": ["conv", "full_attention", "conv"],
        "conv_L_cache": 3,
        "block_auto_adjust_ff_dim": False,
    }
    return _of_tiles(
        transformers,
        "Idefics3",
        images=Idefics3ImageProcessorPil,
        tokens=tokens,
        text=text,
        special=special,
    )


def _of_tiles(
    transformers: Any,
    name: str,
    *,
    images: Any,
    tokens: Any,
    special: dict[str, Any],
    text: dict[str, Any] | None = None,
) -> tuple[Any, Any]:
    config = getattr(transformers, f"{name}Config")(
        text_config={"model_type": "llama", **TEXT, **(text or {}), **special},
        vision_config=VISION,
        scale_factor=SHUFFLE,
        image_token_id=tokens.convert_tokens_to_ids(IMAGE),
        pad_token_id=special["pad_token_id"],
        tie_word_embeddings=False,
    )
    model = getattr(transformers, f"{name}ForConditionalGeneration")(config).eval()
    processor = transformers.Idefics3Processor(
        _preparing(images),
        tokens,
        image_seq_len=(TILE // PATCH // SHUFFLE) ** 2,
        chat_template=TEMPLATE,
    )
    return model, processor


def _llava(transformers: Any, tokens: Any, special: dict[str, Any]) -> tuple[Any, Any]:
    config = transformers.LlavaConfig(
        text_config={"model_type": "llama", **TEXT, **special},
        vision_config={"model_type": "siglip_vision_model", **VISION},
        image_token_index=tokens.convert_tokens_to_ids(IMAGE),
        image_token_id=tokens.convert_tokens_to_ids(IMAGE),
        vision_feature_select_strategy="full",
        vision_feature_layer=-1,
        tie_word_embeddings=False,
    )
    from transformers.models.siglip.image_processing_pil_siglip import SiglipImageProcessorPil

    processor = transformers.LlavaProcessor(
        SiglipImageProcessorPil(size={"height": TILE, "width": TILE}),
        tokens,
        patch_size=PATCH,
        vision_feature_select_strategy="full",
        chat_template=TEMPLATE,
    )
    return transformers.LlavaForConditionalGeneration(config).eval(), processor


_families = {
    "idefics3": _idefics3,
    "llava": _llava,
    "recurrent": _recurrent,
    "smolvlm": _smolvlm,
}


def taught(folder: Path, dialogues: list[tuple[str, ...]], side: int, steps: int = 250) -> Path:
    """A SmolVLM that has learned these dialogues by heart: prompt, answer, and so on.

    Of each dialogue the last turn is what it will say, whatever the photo.
    """
    import numpy as np
    import torch

    from hangtag.engines.vlm.torch_inputs import Inputs
    from hangtag.engines.vlm.torch_loading import load

    loaded = load(str(make(folder, "smolvlm")), device="cpu")
    inputs, model = Inputs(loaded), loaded.model
    photos = inputs.photos(np.random.default_rng(1).integers(0, 256, (1, side, side, 3), np.uint8))
    lessons = []
    for *turns, answer in dialogues:
        prompt = inputs.prompt(side, *turns).ids
        said = inputs.answer_ids(answer) + inputs.end
        labels = torch.full((1, len(prompt) + len(said)), -100)
        labels[0, len(prompt) :] = torch.tensor(said)
        lessons.append((torch.tensor([prompt + said]), labels))
    text = model.base_model.text_model
    with torch.no_grad():
        for name, weights in text.named_parameters():
            if weights.ndim > 1:
                weights.normal_(0, 0.5 if "embed" in name else 0.15)
    learned = [*text.parameters(), *model.lm_head.parameters()]
    for weights in learned:
        weights.requires_grad_(requires_grad=True)
    optimiser = torch.optim.Adam(learned, lr=4e-3)
    for _ in range(steps):
        optimiser.zero_grad()
        worst = 0.0
        for ids, labels in lessons:
            loss = model(input_ids=ids, labels=labels, **photos).loss
            loss.backward()
            worst = max(worst, loss.item())
        optimiser.step()
        if worst < 0.02:
            break
    model.save_pretrained(folder)
    return folder
