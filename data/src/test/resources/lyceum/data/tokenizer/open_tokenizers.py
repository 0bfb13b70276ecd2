"""Makes tokenizers with the components of well-known open models and says which ids they give.

Reads {"training": [text], "probes": [text], "size": n} as JSON from standard input; writes a list of
{"name", "json", "ids", "framed", "normal", "decoded"}, one entry a tokenizer: ids without and with the tokenizer's own
frame, and the normalized texts where it normalizes.
"""
import json
import sys

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

LLAMA3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)
QWEN2 = LLAMA3.replace("{1,3}", "")
ALPHABET = pre_tokenizers.ByteLevel.alphabet()

asked = json.load(sys.stdin)


def trained(pre_tokenizer, specials, normalizer=None):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.decoder = decoders.ByteLevel()
    if normalizer:
        tokenizer.normalizer = normalizer
    tokenizer.train_from_iterator(
        asked["training"],
        trainers.BpeTrainer(
            vocab_size=asked["size"], initial_alphabet=ALPHABET, special_tokens=specials, show_progress=False
        ),
    )
    return tokenizer


def split(pattern):
    return pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(pattern), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )


def gpt2():
    tokenizer = trained(pre_tokenizers.ByteLevel(add_prefix_space=False), ["<|endoftext|>"])
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    parts = json.loads(tokenizer.to_str())
    # As older files have them.
    parts["model"]["merges"] = [" ".join(pair) for pair in parts["model"]["merges"]]
    return json.dumps(parts)


def gpt2_with_prefix():
    return trained(pre_tokenizers.ByteLevel(add_prefix_space=True), ["<|endoftext|>"]).to_str()


def llama3():
    tokenizer = trained(split(LLAMA3), [])
    names = ["<|begin_of_text|>", "<|end_of_text|>", "<|eot_id|>"]
    tokenizer.add_special_tokens(names)
    tokenizer.post_processor = processors.Sequence(
        [
            processors.ByteLevel(trim_offsets=True),
            processors.TemplateProcessing(
                single="<|begin_of_text|> $A",
                pair="<|begin_of_text|> $A $B:1",
                special_tokens=[(names[0], tokenizer.token_to_id(names[0]))],
            ),
        ]
    )
    parts = json.loads(tokenizer.to_str())
    parts["model"]["ignore_merges"] = True
    # Words that only ignore_merges reaches.
    parts["model"]["merges"] = [m for i, m in enumerate(parts["model"]["merges"]) if i < 100 or i % 5]
    return json.dumps(parts)


def qwen2():
    tokenizer = trained(split(QWEN2), [], normalizers.NFC())
    tokenizer.add_special_tokens(["<|im_start|>", "<|im_end|>"])
    tokenizer.add_tokens([AddedToken("<tool_call>", normalized=False, special=False)])
    return tokenizer.to_str()


def smollm():
    return trained(
        pre_tokenizers.Sequence(
            [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
        ),
        ["<|endoftext|>", "<|im_start|>"],
    ).to_str()


def pythia():
    tokenizer = trained(pre_tokenizers.ByteLevel(add_prefix_space=False), ["<|endoftext|>"], normalizers.NFC())
    tokenizer.add_tokens([AddedToken(" " * n, normalized=True, special=False) for n in range(2, 8)])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="$A <|endoftext|>", special_tokens=[("<|endoftext|>", 0)]
    )
    return tokenizer.to_str()


answers = []
for make in (gpt2, gpt2_with_prefix, llama3, qwen2, smollm, pythia):
    text = make()
    tokenizer = Tokenizer.from_str(text)
    tokenizer.encode_special_tokens = True
    ids = [e.ids for e in tokenizer.encode_batch(asked["probes"], add_special_tokens=False)]
    answers.append(
        {
            "name": make.__name__,
            "json": text,
            "ids": ids,
            "framed": [e.ids for e in tokenizer.encode_batch(asked["probes"])],
            "normal": tokenizer.normalizer and [tokenizer.normalizer.normalize_str(p) for p in asked["probes"]],
            "decoded": [tokenizer.decode(i, skip_special_tokens=True) for i in ids],
        }
    )
json.dump(answers, sys.stdout)
