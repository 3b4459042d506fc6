// A stranger's program with a model: type-checked with every resolution, run in Node. What it returns is compared with
// PyTorch in published.test.ts.
import { decodeAudio, type LoadedTwoTower, type LoadOptions, loadTwoTower } from "@irec/encoders";

export async function embed(files: readonly Blob[], options: LoadOptions, sounds: readonly Blob[], texts: string[]) {
  const seen: number[] = [];
  const onProgress = (done: number, total: number) => seen.push(done / total);
  const model: LoadedTwoTower = await loadTwoTower(files, { ...options, onProgress });
  const clips = await Promise.all(sounds.map((sound) => decodeAudio(sound)));
  const audio = await model.encodeAudio(clips);
  const text = await model.encodeText(texts);
  model.dispose();
  return { progress: seen.at(-1), audio: [...audio.joint.data], text: [...text.joint.data] };
}
