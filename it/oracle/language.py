"""Tiny Llama, BERT, T5 and ViT of Hugging Face: python it/oracle/language.py"""
import torch
import transformers as t
from golden import Golden

golden = Golden()


def model(name, cls, config, *inputs, call=None, generate=None):
    config._attn_implementation = "eager"
    m = cls(config).eval()
    golden.metadata[name + " config"] = config.to_json_string()
    golden.model(name, m, *inputs, call=call)
    if generate is not None:
        how = t.GenerationConfig(do_sample=False, max_new_tokens=12, pad_token_id=0, eos_token_id=None,
                                 decoder_start_token_id=0)
        golden.tensors[f"{name}/generated/0"] = m.generate(
            generate, attention_mask=torch.ones_like(generate), generation_config=how)


def logits(m, ids):
    return m(ids).logits


ids = torch.tensor([[3, 7, 1, 19, 4, 4], [9, 2, 0, 11, 5, 13]])
mask = torch.tensor([[1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 0, 0]])
types = torch.tensor([[0, 0, 0, 1, 1, 1], [0, 0, 1, 1, 0, 0]])
llama = dict(vocab_size=20, hidden_size=16, intermediate_size=24, num_hidden_layers=2, num_attention_heads=4,
             max_position_embeddings=64)
model("llama", t.LlamaForCausalLM, t.LlamaConfig(**llama, num_key_value_heads=2), ids, call=logits, generate=ids)
scaled = {"rope_type": "llama3", "rope_theta": 50.0, "factor": 4.0, "low_freq_factor": 1.0, "high_freq_factor": 2.0,
          "original_max_position_embeddings": 16}
model("llama 3", t.LlamaForCausalLM,
      t.LlamaConfig(**llama, num_key_value_heads=1, head_dim=8, attention_bias=True, mlp_bias=True,
                    tie_word_embeddings=True, rope_parameters=scaled), ids, call=logits, generate=ids)

bert = dict(vocab_size=20, hidden_size=16, intermediate_size=24, num_hidden_layers=2, num_attention_heads=4,
            max_position_embeddings=16)


def masked(m, ids, mask, types):
    return m(ids, attention_mask=mask, token_type_ids=types).logits


def answer(m, ids, mask, types):
    out = m(ids, attention_mask=mask, token_type_ids=types)
    return torch.stack([out.start_logits, out.end_logits], -1)


for name, cls in [("masked lm", t.BertForMaskedLM), ("sequence", t.BertForSequenceClassification),
                  ("token", t.BertForTokenClassification), ("answer", t.BertForQuestionAnswering)]:
    call = answer if name == "answer" else masked
    model("bert " + name, cls, t.BertConfig(**bert, num_labels=2 if name == "answer" else 3), ids, mask, types, call=call)

t5 = dict(vocab_size=20, d_model=16, d_kv=6, d_ff=24, num_layers=2, num_heads=4, relative_attention_num_buckets=8,
          relative_attention_max_distance=6, decoder_start_token_id=0)
answers = torch.tensor([[0, 5, 6, 7, 8], [0, 9, 1, 1, 1]])


def translate(m, ids, mask, answers):
    return m(input_ids=ids, attention_mask=mask, decoder_input_ids=answers).logits


model("t5", t.T5ForConditionalGeneration, t.T5Config(**t5), ids, mask, answers, call=translate, generate=ids)
gated = t.T5Config(**t5, num_decoder_layers=1, feed_forward_proj="gated-gelu", tie_word_embeddings=False)
model("t5 gated", t.T5ForConditionalGeneration, gated, ids, mask, answers, call=translate, generate=ids)

vit = t.ViTConfig(hidden_size=16, intermediate_size=24, num_hidden_layers=2, num_attention_heads=4, image_size=8,
                  patch_size=4, num_labels=3)
model("vit", t.ViTForImageClassification, vit, torch.randn(2, 3, 8, 8), call=lambda m, x: m(pixel_values=x).logits)

golden.save("autograd/src/test/resources/io/arclight/models/language.safetensors")
