"""A vision-language model on this machine: given answers are scored, not written.

``compiling`` packs questions and answers into a tree of tokens, ``readouts`` says what is asked and
how an answer's likelihood becomes a score, ``engine`` is the engine. What meets torch and
transformers lies in the files named ``torch_…``, which import them when they are called.
"""
