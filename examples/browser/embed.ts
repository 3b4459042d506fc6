import { decodeAudio, loadTwoTower } from "@irec/encoders";
import { pairwiseSimilarity } from "@irec/metrics";
import wasm from "@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm";

const element = <Type extends HTMLElement>(id: string) => document.getElementById(id) as Type;
const files = (id: string) => [...element<HTMLInputElement>(id).files!];
const textOf = (id: string) => element<HTMLTextAreaElement>(id).value.trim();
const result = element<HTMLOutputElement>("result");

/** The cosine of every sound with every text, in lines. */
async function compare(): Promise<string> {
  const model = await loadTwoTower(files("model"), {
    ...JSON.parse(textOf("settings")),
    wasmPaths: { "tfjs-backend-wasm-simd.wasm": wasm },
    onProgress: (done, total) => {
      result.textContent = `${Math.round((100 * done) / total)} % of the weights`;
    },
  });
  try {
    const sounds = files("sounds");
    const texts = textOf("texts").split("\n");
    const clips = await Promise.all(sounds.map((sound) => decodeAudio(sound)));
    const audio = await model.encodeAudio(clips);
    const text = await model.encodeText(texts);
    const cosine = pairwiseSimilarity(audio.joint, text.joint);
    return sounds
      .flatMap(({ name }, i) => texts.map((t, k) => `${name}, ${t}: ${cosine.get(i, k).toFixed(4)}`))
      .join("\n");
  } finally {
    model.dispose();
  }
}

element("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  result.textContent = "";
  result.textContent = await compare().catch((error: Error) => `${error.name}: ${error.message}`);
});
