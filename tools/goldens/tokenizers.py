"""Trains two small vocabularies and writes what Hugging Face's tokenizers make of many texts with them, for
packages/encoders/test/text: vocabularies, merges, tokenizer.json, texts with their ids, and hashes of the ids of 100,000
random texts and of every code point of Unicode.

    python tools/goldens/tokenizers.py            writes packages/encoders/test/text/goldens
    python tools/goldens/tokenizers.py classes    prints the tables of packages/encoders/src/text/unicode-classes.ts
    python tools/goldens/tokenizers.py speed      prints tokens per second, on one thread, of the texts of the random blocks

Needs tokenizers (0.23.2 made the files) and, for the recorded tokenizer.json files, transformers (5.18). Nothing is
downloaded: the vocabularies are trained on the sentences below. The generator of the random texts has its twin in
packages/encoders/test/text/random-text.ts.
"""

import json
import os
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.pop(0)  # This folder, where this file would be found in place of the library of the same name.
os.environ["TOKENIZERS_PARALLELISM"] = "false"
os.environ["TRANSFORMERS_VERBOSITY"] = "error"

import tokenizers  # noqa: E402
import transformers  # noqa: E402
from tokenizers import AddedToken, ByteLevelBPETokenizer, Regex, Tokenizer, models, normalizers, pre_tokenizers  # noqa: E402

OUT = Path(__file__).resolve().parents[2] / "packages" / "encoders" / "test" / "text" / "goldens"

SENTENCES = [
    "A french horn track. This is a recording of alto saxophone, and of the bass tuba.",
    "Solo musical instrument sound of violoncello; isn't it the oboe's? We're sure they've heard I'll and I'd and I'm.",
    "Sound of clarinet in b-flat musical instrument 1234, 2024-11-22 at 44100 Hz -- 16 bits!!! (mono)",
    "Le café naïve à Zürich coûte 3,50 €; señor Muñoz über alles, Ærøskøbing, Łódź, İstanbul.",
    "Скрипка и виолончель играют вместе. Η κιθάρα και το βιολί, ΤΟ ΒΙΟΛΙ ΤΟΥΣ.",
    "日本の三味線と尺八。二胡和琵琶的声音。가야금 소리 한국의 악기",
    "צליל של עוד وصوت العود والناي. सितार और तबला की आवाज़",
    "🎵🎶 🎻 violin 🎺 trumpet 👩‍🎤👨‍👩‍👧‍👦 ❤️ 👍🏽  double  spaces\n\nlines\tand tabs\r\n",
]


def train_roberta():
    """vocab.json and merges.txt in RoBERTa's order: <s> <pad> </s> <unk>, bytes, merges, and <mask> last."""
    trainer = ByteLevelBPETokenizer()
    trainer.train_from_iterator(SENTENCES * 4, vocab_size=559, min_frequency=1, show_progress=False,
                                special_tokens=["<s>", "<pad>", "</s>", "<unk>"])
    model = json.loads(trainer.to_str())["model"]
    vocab = {**model["vocab"], "<mask>": len(model["vocab"])}
    return vocab, [tuple(merge) for merge in model["merges"]]


def probe_roberta():
    """A vocabulary that shows the class of a character: the last byte of any character beyond ASCII merges with a letter, a
    digit or a mark that follows, which it can only within one piece. In the ids of a trained vocabulary most wrong cuts
    leave no trace."""
    symbols = sorted(pre_tokenizers.ByteLevel.alphabet(), key=ord)
    last_bytes = [symbol for symbol in symbols if 0x80 <= BYTES[symbol] < 0xC0]
    merges = [(last, follower) for follower in "n1!" for last in last_bytes]
    tokens = ["<s>", "<pad>", "</s>", "<unk>", *symbols, *("".join(merge) for merge in merges), "<mask>"]
    return {token: i for i, token in enumerate(tokens)}, merges


VISIBLE = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
HIDDEN = [byte for byte in range(256) if byte not in VISIBLE]
BYTES = {**{chr(byte): byte for byte in VISIBLE}, **{chr(256 + i): byte for i, byte in enumerate(HIDDEN)}}


def train_clip():
    """vocab.json and merges.txt in CLIP's order: bytes, bytes that end a word, merges, start and end token."""
    symbols = sorted(pre_tokenizers.ByteLevel.alphabet(), key=ord)
    backend = clip_tokenizer({}, []).backend_tokenizer
    words = Counter()
    for sentence in SENTENCES:
        cleaned = backend.normalizer.normalize_str(sentence)
        for word, _ in backend.pre_tokenizer.pre_tokenize_str(cleaned):
            words[(*word[:-1], word[-1] + "</w>")] += 1
    # The library's own trainer breaks ties by the order of a hash map, each time another.
    merges = []
    while len(merges) < 86:
        pairs = Counter()
        for word, count in words.items():
            for pair in zip(word, word[1:]):
                pairs[pair] += count
        merges.append(min(pairs, key=lambda pair: (-pairs[pair], pair)))
        words = Counter({merged(word, merges[-1]): count for word, count in words.items()})
    tokens = [*symbols, *(symbol + "</w>" for symbol in symbols), *("".join(merge) for merge in merges)]
    tokens += ["<|startoftext|>", "<|endoftext|>"]
    assert len(set(tokens)) == len(tokens)
    return {token: i for i, token in enumerate(tokens)}, merges


def merged(word, pair):
    symbols = []
    for symbol in word:
        if symbols and (symbols[-1], symbol) == pair: symbols[-1] += symbol
        else: symbols.append(symbol)
    return tuple(symbols)


def clip_tokenizer(vocab, merges):
    specials = {"<|startoftext|>": 0, "<|endoftext|>": 1}
    return transformers.CLIPTokenizer(vocab={**vocab} or specials, merges=merges)


def roberta_tokenizer(vocab, merges):
    return transformers.RobertaTokenizer(vocab=vocab, merges=merges, mask_token=AddedToken("<mask>", lstrip=True))


def saved(tokenizer, **changes):
    """The tokenizer.json that transformers saves, with changed fields of the added tokens; and the tokenizer read from it."""
    with tempfile.TemporaryDirectory() as folder:
        tokenizer.save_pretrained(folder)
        content = json.loads((Path(folder) / "tokenizer.json").read_text())
    for token in content["added_tokens"]:
        token.update(changes)
    text = json.dumps(content, ensure_ascii=False, indent=None)
    return text, Tokenizer.from_str(text)


WORDS = ["a", "The", "track", "violin", "HORN", "isn't", "IT'S", "we'll", "I'M", "they've", "'d", "o'clock", "Oboe's", "xyz"]
BLANKS = [" ", "  ", "   ", "\t", "\n", "\r\n", "\u00a0", "\u0085", "\ufeff", "\u180e", "\u200b", "\u2028", "\u202f",
          "\u3000", "\u001c", "\u000b", "\u205f", "\u1680"]
NUMBERS = ["0", "42", "1999", "٣٤", "Ⅷ", "½", "²", "①", "१२", "\U0001d7d8", "〇"]
MARKS = ["!", "?!", "...", "--", "'", "''", "\"", "’s", "<", "|>", "#", "€", "。", "\u00ad", "\u0000", "\u007f", "\ue000", "\U000f0000"]
SPECIALS = ["<s>", "</s>", "<pad>", "<unk>", "<mask>", " <mask> ", "<|startoftext|>", "<|endoftext|>", "<|EndOfText|>",
            "<|startoftext|", "<<s>>", "<|endoftext|>!", "<|endoftext|>\u0338", "<S>"]
TRICKY = ["\u0130", "Σ", "ΌΣΟΣ", "ß", "ẞ", "\u017f", "\u212a", "\u2126", "e\u0301", "\u0344", "\u09c7\u09be", "\ufb01", "\u01c5",
          "\u1e9b\u0323", "a\u0327\u0301", "a\u0301\u0327", "\u1100\u1161\u11a8", "\uac00\u11a8", "\U00011935\U00011930",
          "\U000105d2\u0307", "\U0001611e\U0001611f", "\U00016d63\U00016d67\U00016d67", "\U000113c2\U000113c2", "\U00010d50",
          "\U00016ea0", "\ua7cb", "\ua7dc", "a\u1df6\u0327", "a\u08ca\u0327", "\U0001e4ec\u0327\U0001e4ef", "\u088f", "\U000323b0",
          "\U0001d15e", "\ufa10", "\u0958", "\u1c89", "\u2c2f", "\U00010570", "\u10a0", "\u1c90", "\u13a0"]
EMOJI = ["🎵", "👩‍🎤", "👨‍👩‍👧‍👦", "❤️", "👍🏽", "🇫🇷", "1️⃣"]


def xorshift(seed):
    state = seed

    def below(n):
        nonlocal state
        state ^= (state << 13) & 0xFFFFFFFF
        state ^= state >> 17
        state ^= (state << 5) & 0xFFFFFFFF
        return state % n

    return below


def scalar(code_point):
    return chr(0x41 if 0xD800 <= code_point <= 0xDFFF else code_point)


def random_text(below):
    parts = []
    for _ in range(below(24)):
        kind = below(16)
        if kind < 3: parts.append(WORDS[below(len(WORDS))])
        elif kind < 5: parts.append(" ")
        elif kind == 5: parts.append(BLANKS[below(len(BLANKS))])
        elif kind == 6: parts.append(NUMBERS[below(len(NUMBERS))])
        elif kind == 7: parts.append(MARKS[below(len(MARKS))])
        elif kind == 8: parts.append(scalar(below(0x10000)))
        elif kind == 9: parts.append(scalar(below(0x110000)))
        elif kind == 10: parts.append(chr(0xC0 + below(0x500)))
        elif kind == 11: parts.append(chr(0x300 + below(0x70)))
        elif kind == 12: parts.append(chr(0x1100 + below(0x100)) if below(2) else chr(0x4E00 + below(0x5000)))
        elif kind == 13: parts.append(SPECIALS[below(len(SPECIALS))])
        elif kind == 14: parts.append(EMOJI[below(len(EMOJI))])
        else: parts.append(TRICKY[below(len(TRICKY))])
    return "".join(parts)


BLOCKS = 100
BLOCK = 1000


def random_block(number):
    below = xorshift((0x9E3779B9 * (number + 1)) & 0xFFFFFFFF)
    return [random_text(below) for _ in range(BLOCK)]


PAGE = 0x1000


def page_texts(page):
    """Each code point of a page alone, between letters that it may compose with, and where its class shows; no surrogates."""
    points = (chr(c) for c in range(page * PAGE, (page + 1) * PAGE) if not 0xD800 <= c <= 0xDFFF)
    return [text for c in points for text in (c, f"o{c}n", f"{c}{c}n {c}1 {c}!")]


def hash_of(tokenizer, texts):
    """FNV-1a over 32-bit words: the ids of each text, and -1 after it."""
    value = 0x811C9DC5
    for encoding in tokenizer.encode_batch_fast(texts, add_special_tokens=False):
        for token in encoding.ids:
            value = ((value ^ token) * 0x01000193) & 0xFFFFFFFF
        value = ((value ^ 0xFFFFFFFF) * 0x01000193) & 0xFFFFFFFF
    return f"{value:08x}"


CORPUS = [
    "", " ", "    ", "\n", "A french horn track", " A  french\n horn", "This is a recording of alto saxophone",
    "naïve CAFÉ's 12 34!?", "it's It'S IT'S 'S 's 'll 'LL we're WE'RE I'm I'M they've THEY'VE he'd HE'D don't DON'T",
    "''s '''ll ' s 'x", "tab\tnbsp\u00a0end \ufeffbom \u0085nel", "a  b   c    d", "  leading and trailing  ", "a\r\n\r\nb \n c",
    "\u00a0\u00a0x\u00a0 y", "\ufeff\ufeff", "\u0085\u0085x", "\u180e x\u180ey", "e\u0301 u\u0308 a\u0327\u0301 a\u0301\u0327",
    "\u212b \u2126 \ufb01 ﾊﾝｶｸ Ｆｕｌｌ", "日本の三味線と尺八。", "가야금 \u1100\u1161\u11a8", "🎵 👩‍🎤👨‍👩‍👧‍👦 ❤️ 👍🏽 🇫🇷", "日本 🎵 it's'S",
    "ΌΣΟΣ ΣΑΣ σς İI ı ẞß ŉ ǅ", "1234567 ٣٤ Ⅷ½²① \U0001d7d8", "b-flat... (Solo!) #1 <3 @x", "\u0000\u0001\u001f\u007f", "\u200b\u200d\u2060",
    "a <mask> b", "a \u0085\u00a0<mask>  b", "<mask><mask>", "  <mask>", "<s>a</s>", "  <pad>  ", "<unk> <S> <<s>>", "<s", "x</s>y z",
    "<|endoftext|>", "a <|startoftext|> b<|endoftext|>!! c", "<|ENDOFTEXT|> <|EndOfText|>!!", "<|endoftext|>\u0338",
    "!<|endoftext|>?", "<|endoftext", "x" * 200, "word " * 75, "word " * 76, " word" * 90, "the violin, the viola and the horn " * 12,
    "日" * 40, "\U00011935\U00011930 \U000105d2\u0307 a\u1df6\u0327", "\U00010d50\U00016ea0\ua7cb\ua7dc\u1c89", "\u088f\U000323b0\U00016ff4",
]


def main():
    roberta_vocab, roberta_merges = train_roberta()
    clip_vocab, clip_merges = train_clip()
    roberta_json, roberta = saved(roberta_tokenizer(roberta_vocab, roberta_merges))
    # In the published tokenizer.json the special tokens are sought in the cleaned text; transformers 5 writes the opposite.
    clip_json, clip = saved(clip_tokenizer(clip_vocab, clip_merges), normalized=True)
    probe_vocab, probe_merges = probe_roberta()
    probe_json, probe = saved(roberta_tokenizer(probe_vocab, probe_merges))
    _, clip_as_written = saved(clip_tokenizer(clip_vocab, clip_merges), normalized=False)
    if "speed" in sys.argv:
        return speed({"roberta": roberta, "clip": clip})

    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / "probe-tokenizer.json").write_text(probe_json + "\n")
    for name, vocab, merges, content in (("roberta", roberta_vocab, roberta_merges, roberta_json), ("clip", clip_vocab, clip_merges, clip_json)):
        (OUT / f"{name}-vocab.json").write_text(json.dumps(vocab, ensure_ascii=False) + "\n")
        (OUT / f"{name}-merges.txt").write_text("#version: 0.2\n" + "".join(f"{a} {b}\n" for a, b in merges))
        (OUT / f"{name}-tokenizer.json").write_text(content + "\n")

    def ids(tokenizer):
        return [encoding.ids for encoding in tokenizer.encode_batch(CORPUS, add_special_tokens=False)]

    def truncated(tokenizer):
        tokenizer.enable_truncation(77)
        rows = [encoding.ids for encoding in tokenizer.encode_batch(CORPUS)]
        tokenizer.no_truncation()
        return rows

    versions = {"tokenizers": tokenizers.__version__, "transformers": transformers.__version__}
    texts = {"made by": versions, "texts": CORPUS, "roberta": ids(roberta), "clip": ids(clip), "clipAsWritten": ids(clip_as_written),
             "roberta77": truncated(roberta), "clip77": truncated(clip)}
    (OUT / "texts.json").write_text(json.dumps(texts, separators=(",", ":")) + "\n")

    lists = {"words": WORDS, "blanks": BLANKS, "numbers": NUMBERS, "marks": MARKS, "specials": SPECIALS, "tricky": TRICKY, "emoji": EMOJI}
    hashes = {"made by": versions, "lists": lists, "first": random_block(0)[:5]}
    for name, tokenizer in (("roberta", roberta), ("clip", clip), ("clipAsWritten", clip_as_written)):
        hashes[name] = [hash_of(tokenizer, random_block(number)) for number in range(BLOCKS)]
    for name, tokenizer in (("probePages", probe), ("clipPages", clip)):
        hashes[name] = [hash_of(tokenizer, page_texts(page)) for page in range(0x110000 // PAGE)]
    (OUT / "hashes.json").write_text(json.dumps(hashes, separators=(",", ":")) + "\n")


def classes():
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"

    def base36(n):
        return (base36(n // 36) if n >= 36 else "") + digits[n % 36]

    for pattern in (r"\p{L}", r"\p{N}", r"\s"):
        remove = normalizers.Replace(Regex(pattern), "")
        members = []
        for page in range(0x110000 // PAGE):
            text = "".join(chr(c) for c in range(page * PAGE, (page + 1) * PAGE) if not 0xD800 <= c <= 0xDFFF)
            rest = set(remove.normalize_str(text))
            members += [ord(c) for c in text if c not in rest]
        ranges = []
        for c in members:
            if ranges and ranges[-1][1] == c - 1: ranges[-1][1] = c
            else: ranges.append([c, c])
        ends = [0, *(end for _, end in ranges)]
        print(pattern, len(members))
        print(" ".join(base36(a - end) + (f"-{base36(b - a)}" if b > a else "") for (a, b), end in zip(ranges, ends)))


def speed(by_name):
    texts = [text for number in range(10) for text in random_block(number)]
    long = SENTENCES * 500
    for name, tokenizer in by_name.items():
        for kind, batch in (("random", texts), ("sentences", long)):
            best = 0
            for _ in range(5):
                start = time.perf_counter()
                count = sum(len(tokenizer.encode(text, add_special_tokens=False).ids) for text in batch)
                best = max(best, count / (time.perf_counter() - start))
            print(name, kind, f"{best:,.0f} tokens/s")


classes() if "classes" in sys.argv else main()
