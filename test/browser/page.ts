import { type AudioCodecs, decodeAudio } from "@irec/encoders";
import { type Embedded, embed, fileAt, type Job } from "./embed.ts";

/** Embeds in a worker of the page's. */
function embedInWorker(job: Job): Promise<Embedded> {
  const worker = new Worker("worker.js");
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => ("error" in data ? reject(new Error(data.error)) : resolve(data));
    worker.onerror = ({ message }) => reject(new Error(message));
    worker.postMessage(job);
  });
}

/** The codecs that the package's README names. */
const codecs: AudioCodecs = {
  flac: async () => (await import("@audio/decode-flac")).decoder(),
  mp3: async () => (await import("@audio/decode-mp3")).decoder(),
  vorbis: async () => (await import("@audio/decode-vorbis")).decoder(),
  opus: async () => (await import("@audio/decode-opus")).decoder(),
  aac: async () => (await import("@audio/decode-aac")).decoder(),
};

async function decode(address: string): Promise<{ sampleRate: number; samples: number[] }> {
  const { sampleRate, samples } = await decodeAudio(await fileAt(address), { codecs });
  return { sampleRate, samples: [...samples] };
}

/** How many bytes of WebAssembly were compiled while nothing else could run on the thread. */
const compiledAtOnce: number[] = [];
WebAssembly.Module = class extends WebAssembly.Module {
  constructor(bytes: BufferSource) {
    super(bytes);
    compiledAtOnce.push(bytes.byteLength);
  }
};

Object.assign(globalThis, { embed, embedInWorker, decode, compiledAtOnce });
