import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { AudioFormat } from "../../src/audio/audio-format.ts";
import { type DecodeOptions, decodeAudio as decode } from "../../src/audio/decode.ts";
import { decodeBlocks, type EncodedFormat } from "../../src/audio/encoded.ts";
import {
  AudioError,
  AudioFormatError,
  AudioLimitError,
  AudioOptionError,
  DamagedAudioError,
} from "../../src/audio/errors.ts";
import { nodeAudioCodecs } from "../../src/audio/node.ts";
import { bufferSource } from "../../src/bytes/buffer-source.ts";
import { type GoldenArray, golden, greatestGap, numbers } from "./golden.ts";
import { ascii, bigEndian, joined } from "./sound-files.ts";

const decodeAudio = (bytes: Uint8Array, options: DecodeOptions = {}) =>
  decode(bytes, { codecs: nodeAudioCodecs, ...options });

interface Golden {
  readonly rate: number;
  readonly channels: number;
  readonly frames: number;
  /** Of the channels, rounded to 16 bits, every fifth sample. */
  readonly mean: GoldenArray;
}

const { source, files } = golden<{ source: GoldenArray; files: Record<string, Golden> }>("audio", "encoded");
const fileOf = (name: string) => Uint8Array.from(readFileSync(new URL(`./goldens/encoded/${name}`, import.meta.url)));
const sourceChannel = (channel: number) =>
  Float32Array.from(numbers(source).filter((_, i) => i % 2 === channel)).map((code) => code / 32768);

describe("decodeAudio of a lossless file", () => {
  it.each(["stereo.flac", "stereo-24.flac", "ogg.flac", "alac.m4a", "sowt.aifc"])(
    "gives every sample of the source, bit for bit: %s",
    async (name) => {
      for (const channel of [0, 1]) {
        const { samples, sampleRate } = await decodeAudio(fileOf(name), { channel });
        expect(sampleRate).toBe(44100);
        expect(samples).toEqual(sourceChannel(channel));
      }
    },
  );
});

describe("decodeAudio of a lossy file", () => {
  /** In steps of 16 bits; half of one is the golden's own rounding. AAC allows decoders to differ by more. */
  const cases: readonly [name: string, format: AudioFormat, length: number, steps: number][] = [
    ["stereo.mp3", "mp3", 4410, 0.51],
    ["mono.mp3", "mp3", 4410, 0.51],
    // ffmpeg leaves the last 128 samples out.
    ["stereo.ogg", "vorbis", 4410, 0.51],
    ["stereo.opus", "opus", 4800, 0.51],
    ["opus.mp4", "m4a", 4800, 1],
    // ffmpeg leaves what the encoder put at the end.
    ["stereo.m4a", "m4a", 4410, 7],
    ["mono.m4a", "m4a", 4410, 7],
  ];

  it.each(cases)("has the length of its sound, and the samples that ffmpeg decodes: %s", async (name, ...expected) => {
    const [format, length, steps] = expected;
    const decoded = await decodeAudio(fileOf(name));
    expect([decoded.format, decoded.sampleRate, decoded.samples.length]).toEqual([format, files[name]!.rate, length]);
    const theirs = numbers(files[name]!.mean).subarray(0, Math.ceil(Math.min(length, files[name]!.frames) / 5));
    const ours = decoded.samples.filter((_, i) => i % 5 === 0).map((sample) => sample * 32768);
    expect(greatestGap(ours.subarray(0, theirs.length), theirs)).toBeLessThan(steps);
  });

  it("has a whole number of frames where the file does not say how long it is: stereo.aac", async () => {
    const { samples, format, sampleRate } = await decodeAudio(fileOf("stereo.aac"));
    expect([format, sampleRate, samples.length]).toEqual(["aac", 44100, 5 * 1024]);
    // The codec leaves out the first of ffmpeg's six frames, which is the encoder's run-in.
    const theirs = numbers(files["stereo.aac"]!.mean);
    const gaps = Array.from({ length: 800 }, (_, i) =>
      Math.abs(samples[5 * (i + 205) - 1024]! * 32768 - theirs[i + 205]!),
    );
    expect(Math.max(...gaps)).toBeLessThan(7);
  });

  it.each(["stereo.mp3", "stereo.ogg", "stereo.opus", "stereo.m4a"])("has channels: %s", async (name) => {
    const [left, right, mean] = await Promise.all([
      decodeAudio(fileOf(name), { channel: 0 }),
      decodeAudio(fileOf(name), { channel: 1 }),
      decodeAudio(fileOf(name)),
    ]);
    expect(mean.samples).toEqual(left.samples.map((sample, i) => (sample + right.samples[i]!) / 2));
    expect(greatestGap(left.samples, right.samples)).toBeGreaterThan(0.1);
  });

  it("does not need the name of the file, and looks behind ID3 tags of any size", async () => {
    const tag = joined(ascii("ID3"), [4, 0, 0], [0, 4, 0, 0], new Uint8Array(4 * 128 * 128));
    for (const name of ["stereo.mp3", "stereo.aac", "stereo.flac"]) {
      const plain = await decodeAudio(fileOf(name));
      expect(await decodeAudio(joined(tag, fileOf(name))), name).toEqual(plain);
      expect(await decodeAudio(joined(tag, tag, fileOf(name))), name).toEqual(plain);
    }
    await expect(decodeAudio(tag.subarray(0, 1000))).rejects.toThrow("audio: ends inside of its ID3 tag; cut off?");
  });
});

describe("decoding block by block", () => {
  const formats: Record<string, EncodedFormat> = {
    "stereo.flac": "flac",
    "stereo.mp3": "mp3",
    "stereo.ogg": "vorbis",
    "stereo.opus": "opus",
    "stereo.aac": "aac",
    "stereo.m4a": "m4a",
    "alac.m4a": "m4a",
  };

  it.each(Object.entries(formats))("gives the same in small blocks: %s", async (name, format) => {
    const bytes = bufferSource(name, fileOf(name));
    const left: number[] = [];
    for await (const { channels } of decodeBlocks(bytes, format, await nodeAudioCodecs[format]!(), 0, {}, 500)) {
      left.push(...channels[0]!);
    }
    expect(Float32Array.from(left)).toEqual((await decodeAudio(fileOf(name), { channel: 0 })).samples);
  });

  it.each(Object.keys(formats))("takes a part, as it takes one of a WAV file: %s", async (name) => {
    const whole = await decodeAudio(fileOf(name));
    const { sampleRate } = whole;
    const part = await decodeAudio(fileOf(name), { startSeconds: 0.02, durationSeconds: 0.05 });
    const start = Math.round(0.02 * sampleRate);
    expect(part.samples).toEqual(whole.samples.subarray(start, start + Math.round(0.05 * sampleRate)));
    await expect(decodeAudio(fileOf(name), { startSeconds: 9 })).rejects.toThrow(AudioOptionError);
  });

  it("reads FLAC whose samples come after 100 kB of other things", async () => {
    const flac = fileOf("stereo.flac");
    const padding = joined([1], bigEndian([3, 100_000]), new Uint8Array(100_000));
    const padded = joined(flac.subarray(0, 42), padding, flac.subarray(42));
    expect(await decodeAudio(padded)).toEqual(await decodeAudio(flac));
  });

  it.each([2 ** 20 - 1, 2 ** 20, 2 ** 20 + 1, 2 ** 21, 2 ** 20 + 2 ** 14])(
    "gives a codec each byte once, in order, and asks once for what is left: %i bytes",
    async (length) => {
      // The first five are a tag, which no codec gets.
      const size = length + 5;
      const bytes = new Uint8Array(size).map((_, i) => (i * i) >> 7);
      const seen = new Uint8Array(size);
      let [at, flushes] = [0, 0];
      const nothing = { channelData: [], sampleRate: 0 };
      const codec = {
        decode(part: Uint8Array) {
          // The whole buffer is the part's: some codecs look at nothing else.
          expect(part.buffer.byteLength).toBe(part.length);
          seen.set(part, at);
          at += part.length;
          return nothing;
        },
        flush() {
          expect(at).toBe(length);
          flushes++;
          return nothing;
        },
        free() {},
      };
      for await (const _ of decodeBlocks(bufferSource("a", bytes), "mp3", codec, 5)) expect.unreachable();
      expect([at, flushes]).toEqual([length, 1]);
      expect(Buffer.compare(seen.subarray(0, at), bytes.subarray(5))).toBe(0);
    },
  );

  it("stops when there are too many samples: at once when the file says so, else when they come", async () => {
    for (const name of Object.keys(formats)) {
      await expect(decodeAudio(fileOf(name), { maxSamples: 4000 }), name).rejects.toThrow(AudioLimitError);
      const part = await decodeAudio(fileOf(name), { maxSamples: 4000, durationSeconds: 0.05 });
      expect(part.samples.length).toBe(Math.round(0.05 * part.sampleRate));
    }
  });
});

/** Where the pages of an Ogg file begin. */
const pagesOf = (bytes: Uint8Array): readonly number[] =>
  [...Buffer.from(bytes).toString("latin1").matchAll(/OggS/g)].map(({ index }) => index);

describe("a damaged file", () => {
  it("of FLAC is refused when samples are missing", async () => {
    const flac = fileOf("stereo.flac");
    for (const length of [4, 30, 42, 9000, flac.length - 1]) {
      await expect(decodeAudio(flac.subarray(0, length))).rejects.toThrow(DamagedAudioError);
    }
    const flipped = fileOf("stereo.flac");
    flipped[9500]! ^= 255;
    await expect(decodeAudio(flipped)).rejects.toThrow(DamagedAudioError);
  });

  it.each(["stereo.flac", "stereo.ogg", "stereo.opus", "stereo.m4a", "stereo.mp3", "stereo.aac"])(
    "with nothing but its header is damaged: %s",
    async (name) => {
      await expect(decodeAudio(fileOf(name).subarray(0, 100))).rejects.toThrow(DamagedAudioError);
    },
  );

  it.each([
    ["stereo.ogg", "vorbis"],
    ["stereo.opus", "opus"],
    ["ogg.flac", "flac"],
  ])("of Ogg is refused when it is cut off, a page is missing, or a byte of one has changed: %s", async (name) => {
    const bytes = fileOf(name);
    const pages = pagesOf(bytes);
    expect(pages.length).toBeGreaterThan(2);
    const last = pages.at(-1)!;
    await expect(decodeAudio(bytes.subarray(0, last))).rejects.toThrow(DamagedAudioError);
    await expect(decodeAudio(bytes.subarray(0, last))).rejects.toThrow(
      `ends at byte ${last}, after ${pages.length - 1} whole pages of Ogg, none of which is the last one of its stream`,
    );
    for (const length of [bytes.length - 1, last + 10]) {
      await expect(decodeAudio(bytes.subarray(0, length))).rejects.toThrow(`ends at byte ${length}`);
    }
    const without = joined(bytes.subarray(0, pages[1]), bytes.subarray(pages[2]));
    await expect(decodeAudio(without)).rejects.toThrow("page 2 of Ogg, at byte");
    bytes[last + 60]! ^= 1;
    await expect(decodeAudio(bytes)).rejects.toThrow(
      /page \d+ of Ogg, at byte \d+, has the checksum [0-9a-f]{8}, expected/,
    );
  });

  it("of Ogg is whole with a second stream behind the first, and with a tag of another kind", async () => {
    const opus = fileOf("stereo.opus");
    const tag = joined(ascii("TAG"), new Uint8Array(125));
    const { samples } = await decodeAudio(opus);
    expect((await decodeAudio(joined(opus, tag))).samples).toEqual(samples);
    expect((await decodeAudio(joined(opus, opus))).samples.length).toBe(2 * samples.length);
  });

  it("of MP3 is refused when there is less sound than its first frame says, by more than one frame", async () => {
    const mp3 = fileOf("stereo.mp3");
    const third = Math.floor(mp3.length / 3);
    await expect(decodeAudio(mp3.subarray(0, 2 * third))).rejects.toThrow(DamagedAudioError);
    await expect(decodeAudio(mp3.subarray(0, 2 * third))).rejects.toThrow(
      /^audio: only \d+ of its 4410 samples could be decoded; cut off or damaged\?/,
    );
    expect((await decodeAudio(mp3.subarray(0, 2 * third), { durationSeconds: 0.01 })).samples.length).toBe(441);
    const at = Buffer.from(mp3).indexOf("Info");
    mp3.set(ascii("none"), at); // a file that says nothing
    expect((await decodeAudio(mp3.subarray(0, 2 * third))).samples.length).toBeGreaterThan(1000);
  });

  it("of MP4 is refused when its sound is cut off after its tables", async () => {
    const bytes = fileOf("stereo.m4a");
    const at = Buffer.from(bytes).indexOf("moov") - 4;
    const moov = bytes.subarray(at, at + new DataView(bytes.buffer).getUint32(at));
    const mdat = joined(bigEndian([4, 1000]), ascii("mdat"), new Uint8Array(500));
    const start = bytes.subarray(0, new DataView(bytes.buffer).getUint32(0));
    await expect(decodeAudio(joined(start, moov, mdat))).rejects.toThrow(
      "ends after 508 of the 1000 bytes of its sound",
    );
  });

  it("of MP4 is refused when a table claims more than the file has room for", async () => {
    for (const [name, table, message] of [
      ["stereo.m4a", "stsz", 'claims 4294967295 entries in table "stsz", and has room for 6'],
      ["stereo.m4a", "stco", 'claims 4294967295 entries in table "stco", and has room for 1'],
      ["alac.m4a", "stsc", 'claims 4294967295 entries in table "stsc"'],
    ] as const) {
      const bytes = fileOf(name);
      const at = Buffer.from(bytes).indexOf(table) + (table === "stsz" ? 12 : 8);
      bytes.fill(255, at, at + 4);
      await expect(decodeAudio(bytes)).rejects.toThrow(DamagedAudioError);
      await expect(decodeAudio(bytes)).rejects.toThrow(message);
    }
  });

  it("of MP4 without sound is to be converted", async () => {
    const bytes = fileOf("stereo.m4a");
    for (const word of ["soun", "mp4a"]) bytes.set(ascii("vide"), Buffer.from(bytes).indexOf(word));
    await expect(decodeAudio(bytes)).rejects.toThrow(AudioFormatError);
    await expect(decodeAudio(bytes)).rejects.toThrow("is not read (No audio track found in MP4); convert it");
  });

  it("never gives a sample that is not finite, never hangs, and throws only what it says", async () => {
    let seed = 1;
    const random = (below: number) => {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      return Math.floor((seed / 2 ** 32) * below);
    };
    for (const name of Object.keys(files)) {
      for (let trial = 0; trial < 25; trial++) {
        const bytes = fileOf(name);
        for (let changes = random(8); changes >= 0; changes--) bytes[random(bytes.length)] = random(256);
        const outcome = await decodeAudio(bytes.subarray(0, bytes.length - random(2) * random(bytes.length))).catch(
          (error: unknown) => error,
        );
        if (outcome instanceof Error) expect(outcome).toBeInstanceOf(AudioError);
        else expect((outcome as { samples: Float32Array }).samples.every(Number.isFinite)).toBe(true);
      }
    }
  }, 60_000);
});

describe("a codec of one's own", () => {
  const mp3 = joined([0xff, 0xfb, 0x90, 0], new Uint8Array(100));
  const output = { channelData: [Float32Array.of(0.5, 0.25, 9, 9)], sampleRate: 44100, samplesDecoded: 2 };

  it("is asked for samples, for what is left, and freed", async () => {
    const calls: string[] = [];
    const codec = {
      decode: (bytes: Uint8Array) => {
        calls.push(`decode ${bytes.length}`);
        return output;
      },
      flush: async () => {
        calls.push("flush");
        return { ...output, samplesDecoded: 1 };
      },
      free: () => void calls.push("free"),
    };
    const { samples } = await decodeAudio(mp3, { codecs: { mp3: async () => codec } });
    expect(Array.from(samples)).toEqual([0.5, 0.25, 0.5]);
    expect(calls).toEqual(["decode 104", "flush", "free"]);
  });

  it("may count packets without sound, which is no damage", async () => {
    const codec = { decode: () => ({ ...output, errors: 1 }), free: () => {} };
    const { samples } = await decodeAudio(mp3, { codecs: { mp3: async () => codec } });
    expect(samples.length).toBeGreaterThan(0);
  });

  it.each([
    ["tells of an error", { ...output, errors: [{ message: "bad frame" }] }, "has a damaged part (bad frame)"],
    [
      "gives nothing",
      { channelData: [], sampleRate: 0 },
      "is mp3, but no sound could be decoded from it; empty or cut off?",
    ],
    ["gives an absurd sample rate", { ...output, sampleRate: 12 }, "has a sample rate of 12 Hz"],
  ])("that %s means a damaged file, and is freed", async (_what, decoded, message) => {
    let freed = 0;
    const codecs = { mp3: async () => ({ decode: () => decoded, free: () => void freed++ }) };
    await expect(decodeAudio(mp3, { codecs })).rejects.toThrow(DamagedAudioError);
    await expect(decodeAudio(mp3, { codecs })).rejects.toThrow(message);
    expect(freed).toBe(2);
  });

  it("that throws is the cause of the error", async () => {
    const failing = (message: string) => ({
      mp3: async () => ({
        decode: () => {
          throw new Error(message);
        },
        free: () => {},
      }),
    });
    await expect(decodeAudio(mp3, { codecs: failing("boom") })).rejects.toMatchObject({
      name: "DamagedAudioError",
      message: "audio: cannot be decoded (boom)",
      cause: new Error("boom"),
    });
    await expect(decodeAudio(mp3, { codecs: failing("Unsupported MP4 audio codec: QCELP") })).rejects.toThrow(
      AudioFormatError,
    );
  });

  it("may give one channel for two that are the same, and two later on", async () => {
    const one = { channelData: [Float32Array.of(0.5)], sampleRate: 44100 };
    const two = { channelData: [Float32Array.of(0.25), Float32Array.of(0.75)], sampleRate: 44100 };
    const decodeWith = async (channel: number | undefined, second = two) => {
      const codec = { decode: () => one, flush: () => second, free: () => {} };
      const options = channel === undefined ? {} : { channel };
      return Array.from((await decodeAudio(mp3, { ...options, codecs: { mp3: async () => codec } })).samples);
    };
    expect(await decodeWith(undefined)).toEqual([0.5, 0.5]);
    expect(await decodeWith(0)).toEqual([0.5, 0.25]);
    expect(await decodeWith(1)).toEqual([0.5, 0.75]);
    await expect(decodeWith(2)).rejects.toThrow("channel is 2, expected an integer from 0 to 1, the last one of audio");
    await expect(decodeWith(1, one)).rejects.toThrow("channel is 1, expected an integer from 0 to 0");
  });

  it("that changes its sample rate on the way means a damaged file", async () => {
    const codec = {
      decode: () => output,
      flush: () => ({ ...output, sampleRate: 22050 }),
      free: () => {},
    };
    await expect(decodeAudio(mp3, { codecs: { mp3: async () => codec } })).rejects.toThrow(
      "changes its sample rate from 44100 to 22050 Hz on the way",
    );
  });
});
