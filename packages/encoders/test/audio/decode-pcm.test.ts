import { describe, expect, it } from "vitest";
import { decodeAudio } from "../../src/audio/decode.ts";
import {
  AudioFormatError,
  AudioLimitError,
  AudioOptionError,
  DamagedAudioError,
  EmptyAudioError,
  NonFiniteSampleError,
} from "../../src/audio/errors.ts";
import { blobSource } from "../../src/bytes/blob-source.ts";
import { bufferSource } from "../../src/bytes/buffer-source.ts";
import type { ByteSource } from "../../src/bytes/byte-source.ts";
import { counterNoise, type GoldenArray, golden, numbers as goldenNumbers, greatestGap } from "./golden.ts";
import { ascii, bigEndian, iff, joined, numbers, riff, wav16, wavFormat } from "./sound-files.ts";

const { files } = golden<{ files: Record<string, { file: string; samples: GoldenArray }> }>("audio", "pcm");

describe.each(Object.entries(files))("%s", (name, { file, samples }) => {
  const bytes = Buffer.from(file, "base64");
  const expected = goldenNumbers(samples);

  it.each([0, 1])("gives the samples of libsndfile, bit for bit, in channel %i", async (channel) => {
    const decoded = await decodeAudio(bytes, { channel });
    expect(decoded.samples).toEqual(expected.filter((_, i) => i % 2 === channel));
    expect([decoded.sampleRate, decoded.format]).toEqual([22050, name.startsWith("AIFF") ? "aiff" : "wav"]);
  });

  it("gives the mean of the channels", async () => {
    const { samples: mean } = await decodeAudio(bytes);
    expect(mean).toEqual(
      Float32Array.from({ length: expected.length / 2 }, (_, i) => (expected[2 * i]! + expected[2 * i + 1]!) / 2),
    );
  });

  it("is refused when it is cut off anywhere", async () => {
    for (let length = 1; length < bytes.length; length += 7) {
      // libsndfile writes a chunk after the samples of a file with floats; without it all samples are there.
      const complete = await decodeAudio(bytes.subarray(0, length)).catch((error: unknown) => error);
      if (complete instanceof Error) expect(["DamagedAudioError", "AudioFormatError"]).toContain(complete.name);
      else expect(complete).toEqual(await decodeAudio(bytes));
    }
    await expect(decodeAudio(bytes.subarray(0, bytes.length - 60))).rejects.toThrow(DamagedAudioError);
  });
});

describe("integers", () => {
  it("are divided by 2^(b - 1), whatever their sign", async () => {
    const { samples } = await decodeAudio(wav16([0, 1, -1, 16384, 32767, -32768]));
    expect(Array.from(samples)).toEqual([0, 2 ** -15, -(2 ** -15), 0.5, 32767 / 32768, -1]);
  });

  it("have their zero at 128 when they have 8 bits in WAV, and at 0 in AIFF", async () => {
    const wav = riff([
      ["fmt ", wavFormat({ bits: 8 })],
      ["data", [0, 128, 129, 255]],
    ]);
    expect(Array.from((await decodeAudio(wav)).samples)).toEqual([-1, 0, 1 / 128, 127 / 128]);
    const aiff = iff([
      ["COMM", joined(bigEndian([2, 1], [4, 4], [2, 8]), extended8000)],
      ["SSND", joined(new Uint8Array(8), [0x80, 0, 1, 0x7f])],
    ]);
    expect(Array.from((await decodeAudio(aiff)).samples)).toEqual([-1, 0, 1 / 128, 127 / 128]);
  });

  it("of 12 bits are at the top of 16", async () => {
    const { samples } = await decodeAudio(wav16([16384, -16], { bits: 12, align: 2 }));
    expect(Array.from(samples)).toEqual([0.5, -16 / 32768]);
  });
});

/** 8000 in the 80 bits of the 8087. */
const extended8000 = [0x40, 0x0b, 0xfa, 0, 0, 0, 0, 0, 0, 0];

describe("the mean of channels", () => {
  it("of six is one sixth of their sum", async () => {
    const { samples } = await decodeAudio(wav16([6, 12, 18, 24, 30, 36, 600, 0, 0, 0, 0, 0], { channels: 6 }));
    expect(Array.from(samples)).toEqual([21 / 32768, 100 / 32768]);
  });

  it("cannot be had of a channel that is not there", async () => {
    await expect(decodeAudio(wav16([1, 2], { channels: 2 }), { channel: 2 })).rejects.toThrow(
      new AudioOptionError("channel", 2, "an integer from 0 to 1, the last one of audio"),
    );
  });
});

describe("a WAV file", () => {
  const two = new Uint8Array(Int16Array.of(100, -100).buffer);
  const expected = Float32Array.of(100 / 32768, -100 / 32768);
  const samplesOf = async (bytes: Uint8Array) => (await decodeAudio(bytes)).samples;

  it("may have other chunks before and after, of odd sizes too", async () => {
    const bytes = riff([
      ["LIST", ascii("INFO!")],
      ["fmt ", wavFormat()],
      ["fact", [2, 0, 0]],
      ["data", two],
      ["id3 ", [1, 2, 3]],
    ]);
    expect(await samplesOf(bytes)).toEqual(expected);
  });

  it("may have more bytes than its header says, and part of a frame at the end", async () => {
    expect(await samplesOf(joined(wav16([100, -100]), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]))).toEqual(expected);
    const bytes = riff([
      ["fmt ", wavFormat()],
      ["data", joined(two, [7])],
    ]);
    expect(await samplesOf(bytes)).toEqual(expected);
  });

  it.each([
    ["all ones, as ffmpeg", 0xffffffff, 0xffffffff],
    ["sox's greatest size", 0x7ffff000, 0x7ffff024],
    ["zeros, as a recorder that was stopped", 0, 0],
    ["a size for no samples, as Python's wave module before the end", 0, 36],
  ])("without a true size (%s) has all samples up to its end", async (_writer, dataSize, riffSize) => {
    const bytes = riff(
      [
        ["fmt ", wavFormat()],
        ["data", two, dataSize],
      ],
      "RIFF",
      riffSize,
    );
    expect(await samplesOf(bytes)).toEqual(expected);
  });

  it("has its size in 64 bits in RF64 and BW64", async () => {
    for (const id of ["RF64", "BW64"]) {
      const chunks = (size: number) =>
        riff(
          [
            ["ds64", numbers([4, 100], [4, 0], [4, size], [4, 0], [4, 2], [4, 0], [4, 0])],
            ["fmt ", wavFormat()],
            ["data", two, 0xffffffff],
            ["LIST", [9, 9, 9, 9]],
          ],
          id,
          0xffffffff,
        );
      expect(await samplesOf(chunks(4))).toEqual(expected);
      await expect(samplesOf(chunks(4000))).rejects.toThrow("ends after 16 of the 4000 bytes of its samples");
    }
  });

  it("without samples is empty, whatever comes after them", async () => {
    const bytes = riff([
      ["fmt ", wavFormat()],
      ["data", []],
      ["LIST", [1, 2, 3, 4]],
    ]);
    await expect(samplesOf(bytes)).rejects.toThrow(new EmptyAudioError("audio"));
  });

  it("may have a single sample", async () => {
    expect(await samplesOf(wav16([-32768]))).toEqual(Float32Array.of(-1));
  });

  const data: [string, number[]] = ["data", [0, 0]];
  it.each<[string, Uint8Array, string]>([
    ["no fmt chunk", riff([data]), 'has no "fmt " chunk before its samples'],
    ["no data chunk", riff([["fmt ", wavFormat()]]), 'has no "data" chunk in its 36 bytes; cut off?'],
    ["a short fmt chunk", riff([["fmt ", [1, 0, 1, 0]], data]), 'chunk "fmt " has 4 bytes, expected at least 16'],
    ["0 channels", riff([["fmt ", wavFormat({ channels: 0 })], data]), "has 0 channels, expected at least 1"],
    ["0 Hz", wav16([1], { rate: 0 }), "has a sample rate of 0 Hz, expected 1000 to 768000"],
    ["4 GHz", wav16([1], { rate: 4e9 }), "has a sample rate of 4000000000 Hz"],
    ["frames of another size", wav16([1], { align: 4 }), "has frames of 4 bytes, expected 2 for 1 channels of 16 bits"],
    ["a cut fmt extension", riff([["fmt ", wavFormat({ tag: 0xfffe })], data]), "has no subformat in its extensible"],
    [
      "samples that are cut off",
      wav16([1, 2, 3, 4]).subarray(0, 47),
      "audio: ends after 3 of the 8 bytes of its samples; cut off?",
    ],
    [
      "thousands of chunks",
      riff([["fmt ", wavFormat()], ...Array.from({ length: 1000 }, (): [string, number[]] => ["junk", []]), data]),
      "has more than 1000 chunks",
    ],
  ])("with %s is damaged", async (_what, bytes, message) => {
    await expect(decodeAudio(bytes)).rejects.toThrow(DamagedAudioError);
    await expect(decodeAudio(bytes)).rejects.toThrow(message);
  });

  it.each<[string, Uint8Array, string]>([
    [
      "ADPCM",
      wav16([1], { tag: 17 }),
      "audio: holds IMA ADPCM (format tag 17), expected PCM; convert it, as in ffmpeg",
    ],
    ["an unknown encoding", wav16([1], { tag: 4242 }), "holds an unknown encoding (format tag 4242)"],
    ["floats of 16 bits", wav16([1], { tag: 3 }), "holds floats of 16 bits, which are not read"],
    ["integers of 40 bits", wav16([1], { bits: 40 }), "holds integers of 40 bits, which are not read"],
    ["integers of 0 bits", wav16([1], { bits: 0 }), "holds integers of 0 bits, which are not read"],
  ])("with %s is to be converted", async (_what, bytes, message) => {
    await expect(decodeAudio(bytes)).rejects.toThrow(AudioFormatError);
    await expect(decodeAudio(bytes)).rejects.toThrow(message);
  });

  it("with a sample that is not finite is refused, and the place named", async () => {
    const floats = Float32Array.from({ length: 16000 }, (_, i) => (i === 12000 ? Number.NaN : 0));
    const bytes = riff([
      ["fmt ", wavFormat({ tag: 3, bits: 32 })],
      ["data", new Uint8Array(floats.buffer)],
    ]);
    await expect(decodeAudio(bytes)).rejects.toThrow(new NonFiniteSampleError("audio", 12000, Number.NaN, 8000));
    await expect(decodeAudio(bytes, { startSeconds: 1 })).rejects.toThrow(
      "audio: sample 12000 (at 1.500 s) is NaN, expected a finite number",
    );
    expect((await decodeAudio(bytes, { durationSeconds: 1 })).samples.length).toBe(8000);
  });
});

describe("an AIFF file", () => {
  const common = (frames: number, bits = 16, type?: string, channels = 1) =>
    joined(bigEndian([2, channels], [4, frames], [2, bits]), extended8000, type === undefined ? [] : ascii(type));

  it("may skip bytes before its samples, and have them before its format", async () => {
    const sound = joined(bigEndian([4, 3], [4, 0]), [9, 9, 9], bigEndian([2, 16384]));
    const bytes = iff([
      ["SSND", sound],
      ["COMM", common(1)],
    ]);
    expect((await decodeAudio(bytes)).samples).toEqual(Float32Array.of(0.5));
  });

  it("without samples is empty", async () => {
    await expect(decodeAudio(iff([["COMM", common(0)]]))).rejects.toThrow(EmptyAudioError);
  });

  it.each<[string, Uint8Array, string]>([
    ["no format", iff([["SSND", new Uint8Array(10)]]), 'has no "COMM" chunk'],
    ["no samples", iff([["COMM", common(1)]]), 'has no "SSND" chunk'],
    [
      "fewer samples than it says",
      iff([
        ["COMM", common(9)],
        ["SSND", new Uint8Array(10)],
      ]),
      "ends after 2 of the 18",
    ],
    [
      "0 channels",
      iff([
        ["COMM", common(1, 16, undefined, 0)],
        ["SSND", new Uint8Array(10)],
      ]),
      "has 0 channels",
    ],
  ])("with %s is damaged", async (_what, bytes, message) => {
    await expect(decodeAudio(bytes)).rejects.toThrow(DamagedAudioError);
    await expect(decodeAudio(bytes)).rejects.toThrow(message);
  });

  it("with compressed samples is to be converted", async () => {
    const bytes = iff(
      [
        ["COMM", common(1, 16, "ima4")],
        ["SSND", new Uint8Array(10)],
      ],
      "AIFC",
    );
    await expect(decodeAudio(bytes)).rejects.toThrow('audio: holds samples of 16 bits of type "ima4", expected PCM');
  });
});

describe("a part of a file", () => {
  const ramp = wav16(Array.from({ length: 24_000 }, (_, i) => i));
  const codes = async (options: Parameters<typeof decodeAudio>[1]) => {
    const { samples } = await decodeAudio(ramp, options);
    return [samples[0]! * 32768, samples.at(-1)! * 32768, samples.length];
  };

  it("begins and ends at the nearest samples", async () => {
    expect(await codes({ startSeconds: 1 })).toEqual([8000, 23999, 16000]);
    expect(await codes({ startSeconds: 0.5, durationSeconds: 1 })).toEqual([4000, 11999, 8000]);
    expect(await codes({ durationSeconds: 1e-9 })).toEqual([0, 0, 1]);
    expect(await codes({ startSeconds: 2.9, durationSeconds: 100 })).toEqual([23200, 23999, 800]);
  });

  it("is all that is read of a file of a day", async () => {
    const day = 24 * 3600 * 48_000;
    const { source, reads } = endless(day, wavFormat({ rate: 48_000, channels: 2 }));
    const { samples } = await decodeAudio(source, { startSeconds: 23 * 3600, durationSeconds: 10 });
    expect(samples.length).toBe(480_000);
    expect(reads.reduce((sum, [from, to]) => sum + to - from, 0)).toBeLessThan(480_000 * 4 + 10_000);
    expect(Math.max(...reads.map(([from, to]) => to - from))).toBeLessThanOrEqual(2 ** 20);
  });

  it("can stop a file of a day from being read at all", async () => {
    const { source, reads } = endless(24 * 3600 * 48_000, wavFormat({ rate: 48_000, channels: 2 }));
    const reading = decodeAudio(source);
    await expect(reading).rejects.toThrow(AudioLimitError);
    await expect(reading).rejects.toThrow(
      "day.wav: has 4147200000 samples (86400.0 s) or more, and maxSamples is 134217728; " +
        "take a part with startSeconds and durationSeconds, or raise maxSamples",
    );
    await expect(reading).rejects.toMatchObject({ option: "maxSamples", limit: 2 ** 27, needed: 4147200000 });
    expect(reads.reduce((sum, [from, to]) => sum + to - from, 0)).toBeLessThan(10_000);
  });

  it("is bounded by maxSamples, which counts what is kept", async () => {
    expect((await decodeAudio(ramp, { maxSamples: 24_000 })).samples.length).toBe(24_000);
    expect((await decodeAudio(ramp, { maxSamples: 8000, durationSeconds: 1 })).samples.length).toBe(8000);
    await expect(decodeAudio(ramp, { maxSamples: 23_999 })).rejects.toThrow(AudioLimitError);
  });

  it("that begins after the end is refused, and so are options that make no sense", async () => {
    await expect(decodeAudio(ramp, { startSeconds: 3 })).rejects.toThrow(
      new AudioOptionError("startSeconds", 3, "less than 3, the length of audio"),
    );
    for (const options of [
      { startSeconds: -1 },
      { startSeconds: Number.NaN },
      { startSeconds: Number.POSITIVE_INFINITY },
      { durationSeconds: 0 },
      { durationSeconds: Number.NaN },
      { maxSamples: 0 },
      { channel: -1 },
      { channel: 0.5 },
    ]) {
      await expect(decodeAudio(ramp, options), JSON.stringify(options)).rejects.toThrow(AudioOptionError);
    }
  });

  it("can be given up on the way", async () => {
    const controller = new AbortController();
    controller.abort(new Error("enough"));
    await expect(decodeAudio(ramp, { signal: controller.signal })).rejects.toThrow("enough");
  });
});

/** A WAV file of so many frames of 4 bytes, in no memory, and what was read of it. */
function endless(frames: number, format: Uint8Array): { source: ByteSource; reads: [number, number][] } {
  // The size does not fit into 32 bits: such files are RF64.
  const size = frames * 4;
  const ds64 = numbers([4, 0], [4, 0], [4, size % 2 ** 32], [4, Math.floor(size / 2 ** 32)], [8, frames], [4, 0]);
  const header = riff(
    [
      ["ds64", ds64],
      ["fmt ", format],
      ["data", [], 0xffffffff],
    ],
    "RF64",
    0xffffffff,
  );
  const reads: [number, number][] = [];
  const source: ByteSource = {
    name: "day.wav",
    byteLength: header.length + size,
    async slice(start, end) {
      reads.push([start, end]);
      const bytes = new Uint8Array(end - start);
      bytes.set(header.subarray(start, Math.min(end, header.length)));
      return bytes;
    },
    async close() {},
  };
  return { source, reads };
}

describe("a file of more than the mebibyte that is read at once", () => {
  /** Codes of all sizes, of both signs. */
  const codes = (n: number, bits: number) => counterNoise(n, bits).map((value) => Math.round(value * 2 ** (bits - 1)));

  it.each([
    [16, 1, 530_001],
    [16, 2, 270_001],
    [24, 1, 360_001],
    [24, 2, 180_001],
    [32, 3, 100_001],
    [8, 6, 180_001],
  ])("has all of its integers of %i bits, as the mean of %i channels", async (bits, channels, frames) => {
    const values = codes(frames * channels, bits);
    const width = bits / 8;
    const little = new Uint8Array(values.length * width);
    for (let i = 0; i < values.length; i++) {
      // 8 bits of WAV have their zero at 128.
      const code = bits === 8 ? values[i]! + 128 : values[i]!;
      for (let byte = 0; byte < width; byte++) little[i * width + byte] = Math.floor(code / 256 ** byte) & 255;
    }
    const expected = new Float32Array(frames);
    for (let frame = 0, at = 0; frame < frames; frame++) {
      let sum = 0;
      for (const end = at + channels; at < end; at++) sum += Math.fround(values[at]! / 2 ** (bits - 1));
      expected[frame] = sum / channels;
    }
    const wav = riff([["fmt ", wavFormat({ bits, channels })]]);
    const header = joined(wav, ascii("data"), numbers([4, little.length]));
    const file = new Uint8Array(header.length + little.length);
    file.set(header);
    file.set(little, header.length);
    const { samples } = await decodeAudio(file);
    expect(greatestGap(samples, expected)).toBe(0);
    const one = await decodeAudio(file, { channel: channels - 1 });
    expect(one.samples[frames - 1]).toBe(Math.fround(values.at(-1)! / 2 ** (bits - 1)));
  });
});

describe("the input", () => {
  const bytes = wav16([1, 2, 3]);
  const expected = { samples: Float32Array.of(1, 2, 3).map((code) => code / 32768), sampleRate: 8000, format: "wav" };

  it("can be bytes, a part of a buffer, a Blob or a source", async () => {
    const inside = joined([1, 2, 3], bytes, [4]).subarray(3, -1);
    for (const input of [
      bytes,
      Buffer.from(bytes),
      inside,
      bytes.buffer,
      new Blob([bytes]),
      bufferSource("b", bytes),
    ]) {
      expect(await decodeAudio(input)).toEqual(expected);
    }
  });

  it("is called by its name in messages", async () => {
    const text = joined(ascii("This is no sound file, but a text."));
    const message = "is no WAV, AIFF, FLAC, MP3, Ogg Vorbis, Ogg Opus, AAC or M4A file; convert it, as in ffmpeg";
    await expect(decodeAudio(text)).rejects.toThrow(`audio: ${message}`);
    await expect(decodeAudio(text, { name: "a.txt" })).rejects.toThrow(`a.txt: ${message}`);
    await expect(decodeAudio(new File([text], "b.txt"))).rejects.toThrow(`b.txt: ${message}`);
    await expect(decodeAudio(blobSource(new Blob([text]), "c.txt"))).rejects.toThrow(`c.txt: ${message}`);
    await expect(decodeAudio(blobSource(new Blob([text]), "c.txt"), { name: "d" })).rejects.toThrow(`d: ${message}`);
  });

  it("can be empty, or no file at all", async () => {
    await expect(decodeAudio(new Uint8Array())).rejects.toThrow(
      "audio has no samples, expected at least one; the file",
    );
    await expect(decodeAudio({} as Blob)).rejects.toThrow(AudioOptionError);
    for (const nothing of [[0], [0xff], [0x52, 0x49, 0x46, 0x46], new Array(100).fill(0)]) {
      await expect(decodeAudio(Uint8Array.from(nothing))).rejects.toThrow(AudioFormatError);
    }
  });

  it("needs a codec for every format but WAV and AIFF", async () => {
    await expect(decodeAudio(joined(ascii("fLaC"), new Uint8Array(60)))).rejects.toThrow(
      "audio: is flac, for which no codec was given; in Node, pass codecs: nodeAudioCodecs",
    );
  });
});
