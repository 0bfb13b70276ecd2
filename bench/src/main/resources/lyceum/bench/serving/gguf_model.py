"""Converts a model's folder to GGUF: folder, file, type (F32, BF16, Q8_0)."""

import json
import pathlib
import sys

import gguf
import numpy
from safetensors.numpy import load_file

folder, target, kind = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3]
config = json.loads((folder / "config.json").read_text())
weights = {}
for file in sorted(folder.glob("*.safetensors")):
    weights.update(load_file(file))
tokenizer = json.loads((folder / "tokenizer.json").read_text())

heads, kv_heads = config["num_attention_heads"], config["num_key_value_heads"]
width = config["hidden_size"]
writer = gguf.GGUFWriter(target, "llama")
writer.add_context_length(config["max_position_embeddings"])
writer.add_embedding_length(width)
writer.add_block_count(config["num_hidden_layers"])
writer.add_feed_forward_length(config["intermediate_size"])
writer.add_head_count(heads)
writer.add_head_count_kv(kv_heads)
writer.add_rope_dimension_count(width // heads)
writer.add_rope_freq_base(config.get("rope_theta", 10000.0))
writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
writer.add_vocab_size(config["vocab_size"])

vocabulary = tokenizer["model"]["vocab"]
tokens = [f"[unused{i}]" for i in range(config["vocab_size"])]
types = [gguf.TokenType.UNUSED] * len(tokens)
for text, i in vocabulary.items():
    tokens[i], types[i] = text, gguf.TokenType.NORMAL
for added in tokenizer["added_tokens"]:
    tokens[added["id"]], types[added["id"]] = added["content"], gguf.TokenType.CONTROL
merges = [m if isinstance(m, str) else " ".join(m) for m in tokenizer["model"]["merges"]]
writer.add_tokenizer_model("gpt2")
writer.add_tokenizer_pre("gpt-2")
writer.add_token_list(tokens)
writer.add_token_types(types)
writer.add_token_merges(merges)
writer.add_bos_token_id(0)
writer.add_eos_token_id(1)
writer.add_add_bos_token(False)

names = {
    "input_layernorm": "attn_norm",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "post_attention_layernorm": "ffn_norm",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}


def interleaved(weight, count):
    """llama.cpp turns neighbouring numbers of a head, the others its two halves."""
    rows, columns = weight.shape
    halves = weight.reshape(count, 2, rows // count // 2, columns)
    return halves.swapaxes(1, 2).reshape(rows, columns)


for name, weight in weights.items():
    if name == "model.embed_tokens.weight":
        new = "token_embd.weight"
    elif name == "model.norm.weight":
        new = "output_norm.weight"
    elif name == "lm_head.weight":
        new = "output.weight"
    else:
        _, _, layer, part = name.removesuffix(".weight").split(".", 3)
        new = f"blk.{layer}.{names[part]}.weight"
    weight = numpy.asarray(weight, numpy.float32)
    if "q_proj" in name:
        weight = interleaved(weight, heads)
    if "k_proj" in name:
        weight = interleaved(weight, kv_heads)
    of = gguf.GGMLQuantizationType.F32 if weight.ndim == 1 else gguf.GGMLQuantizationType[kind]
    writer.add_tensor(new, gguf.quants.quantize(numpy.ascontiguousarray(weight), of), raw_dtype=of)
writer.write_header_to_file()
writer.write_kv_data_to_file()
writer.write_tensors_to_file()
writer.close()
