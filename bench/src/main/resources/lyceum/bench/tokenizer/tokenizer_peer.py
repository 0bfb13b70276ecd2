"""The peer of TokenizerContestant: Hugging Face tokenizers, asked and answering a JSON object a line."""
import json
import sys
import time

import tokenizers
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

BATCH = 1000

setup = json.loads(sys.stdin.readline())
with open(setup["texts"], encoding="utf-8") as lines:
    texts = [json.loads(line) for line in lines]
batches = [texts[i : i + BATCH] for i in range(0, len(texts), BATCH)]
with open(setup["tokenizer"], encoding="utf-8") as file:
    tokenizer_json = file.read()
specials = [added["content"] for added in json.loads(tokenizer_json)["added_tokens"]]


def train():
    learner = Tokenizer(models.BPE())
    learner.pre_tokenizer = Tokenizer.from_str(tokenizer_json).pre_tokenizer
    trainer = trainers.BpeTrainer(
        vocab_size=setup["vocabulary"],
        min_frequency=2,
        special_tokens=specials,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    began = time.perf_counter()
    learner.train_from_iterator(iter(batches), trainer)
    return learner.get_vocab_size(), time.perf_counter() - began


def encode():
    """Ids are read out after the clock has stopped, so that the peer is not charged for Python's lists."""
    encoder = Tokenizer.from_str(tokenizer_json)
    encoder.encode_special_tokens = True
    seconds, a, b = 0.0, 1, 0
    for batch in batches:
        began = time.perf_counter()
        encodings = encoder.encode_batch_fast(batch, add_special_tokens=False)
        seconds += time.perf_counter() - began
        for encoding in encodings:
            for i in encoding.ids:
                a = (a + i) % 2147483647
                b = (b + a) % 2147483647
    assert b == setup["checksum"], "the ids are not Lyceum's"
    return seconds


def say(answer):
    print(json.dumps(answer), flush=True)


say({"name": "tokenizers " + tokenizers.__version__})
for line in sys.stdin:
    size, training = train()
    encoding = encode()
    megabytes = setup["bytes"] / 1e6
    say({"training": megabytes / training, "encoding": megabytes / encoding, "vocabulary": size})
