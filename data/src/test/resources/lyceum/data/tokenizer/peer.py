"""Answers for the parity tests: reads {"directory", "texts", "chats"} as JSON from standard input, writes
{"ids", "decoded", "chatTexts", "chatIds", "prompts"} as Hugging Face tokenizers and transformers give them."""
import json
import sys

from tokenizers import Tokenizer
from transformers import PreTrainedTokenizerFast

asked = json.load(sys.stdin)
tokenizer = Tokenizer.from_file(asked["directory"] + "/tokenizer.json")
tokenizer.encode_special_tokens = True
ids = [e.ids for e in tokenizer.encode_batch(asked["texts"], add_special_tokens=False)]
fast = PreTrainedTokenizerFast.from_pretrained(asked["directory"])
assert (fast.bos_token_id, fast.eos_token_id, fast.pad_token_id) == (0, 1, 5)


def chat_ids(chat, header):
    text = fast.apply_chat_template(chat, tokenize=False, add_generation_prompt=header)
    return fast(text, add_special_tokens=False)["input_ids"]


json.dump(
    {
        "ids": ids,
        "decoded": [tokenizer.decode(i, skip_special_tokens=True) for i in ids],
        "chatTexts": [fast.apply_chat_template(c, tokenize=False) for c in asked["chats"]],
        "chatIds": [chat_ids(c, False) for c in asked["chats"]],
        "prompts": [chat_ids(c, True) for c in asked["chats"]],
    },
    sys.stdout,
)
