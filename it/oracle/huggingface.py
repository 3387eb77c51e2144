"""A tiny GPT-2 folder, whole and in parts, and a tokenizer with what it gives: python it/oracle/huggingface.py"""
import json
import pathlib

import torch
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import GPT2Config, GPT2LMHeadModel

resources = pathlib.Path("autograd/src/test/resources/io/arclight")
torch.manual_seed(1)
model = GPT2LMHeadModel(GPT2Config(n_layer=1, n_embd=4, n_head=2, vocab_size=7, n_positions=5))
model.save_pretrained(resources / "export/gpt2", max_shard_size=600)
(resources / "export/gpt2/generation_config.json").unlink()
state = {k: v.clone() for k, v in model.state_dict().items() if k != "lm_head.weight"}
names = sorted(state)
parts = {"pytorch_model-00001-of-00002.bin": names[:5], "pytorch_model-00002-of-00002.bin": names[5:]}
folder = resources / "export/gpt2-bin"
folder.mkdir(exist_ok=True)
for part, held in parts.items():
    torch.save({k: state[k] for k in held}, folder / part)
weight_map = {k: part for part, held in parts.items() for k in held}
index = {"metadata": {"total_size": sum(v.nbytes for v in state.values())}, "weight_map": weight_map}
(folder / "pytorch_model.bin.index.json").write_text(json.dumps(index, indent=1))
(folder / "config.json").write_text((resources / "export/gpt2/config.json").read_text())

corpus = ["the quick brown fox jumps over the lazy dog", "hello world, hello tokens!", "naïve café übung 漢字 😀",
          "Spark and tensors: numbers 12345 67", "the the the quick quick brown"] * 3
specials = ["[UNK]", "[CLS]", "[SEP]", "[PAD]", "[MASK]"]
tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
tokenizer.normalizer = normalizers.Sequence([normalizers.NFD(), normalizers.Lowercase(), normalizers.StripAccents()])
tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
tokenizer.decoder = decoders.WordPiece()
tokenizer.train_from_iterator(corpus, trainers.WordPieceTrainer(vocab_size=120, special_tokens=specials))
tokenizer.post_processor = processors.TemplateProcessing(
    single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1",
    special_tokens=[(t, tokenizer.token_to_id(t)) for t in ("[CLS]", "[SEP]")])
byte_level = Tokenizer(models.BPE())
byte_level.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
byte_level.decoder = decoders.ByteLevel()
byte_level.train_from_iterator(corpus, trainers.BpeTrainer(vocab_size=300, special_tokens=["<|endoftext|>"],
                               initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
texts = ["Hello world!", "", "the quick brown fox", "Übung 漢字 😀 zzz qqq", "  spaced   out  ", "hello [MASK] <|endoftext|> token",
         "a" * 50, "the quick brown fox jumps over the lazy dog " * 3]
folder = resources / "data/text"
folder.mkdir(parents=True, exist_ok=True)
expected = {}
for name, t in (("wordpiece", tokenizer), ("bytelevel", byte_level)):
    t.save(str(folder / f"{name}.json"), pretty=False)
    case = {"texts": texts}
    for special in (True, False):
        encodings = [t.encode(x, add_special_tokens=special) for x in texts]
        case["special" if special else "plain"] = [
            {"ids": e.ids, "tokens": e.tokens, "types": e.type_ids, "offsets": e.offsets, "specials": e.special_tokens_mask} for e in encodings]
    case["decoded"] = [t.decode(e["ids"]) for e in case["special"]]
    case["decodedAll"] = [t.decode(e["ids"], skip_special_tokens=False) for e in case["special"]]
    pairs = [t.encode(a, b) for a, b in zip(texts, reversed(texts))]
    case["pairs"] = [{"ids": e.ids, "types": e.type_ids} for e in pairs]
    pad = "[PAD]" if name == "wordpiece" else "<|endoftext|>"
    t.enable_truncation(8)
    t.enable_padding(pad_id=t.token_to_id(pad), pad_token=pad)
    case["longest"] = [{"ids": e.ids, "mask": e.attention_mask} for e in t.encode_batch(texts)]
    t.enable_padding(pad_id=t.token_to_id(pad), pad_token=pad, length=8)
    case["fixed"] = [{"ids": e.ids, "mask": e.attention_mask} for e in t.encode_batch(texts[:3])]
    case["pad"] = t.token_to_id(pad)
    case["vocabulary"] = t.get_vocab_size()
    expected[name] = case
(folder / "expected.json").write_text(json.dumps(expected, ensure_ascii=False, indent=None))
print({str(p.relative_to(resources)): p.stat().st_size for p in [*folder.glob("*"), *(resources / "export").glob("gpt2*/*")]})
