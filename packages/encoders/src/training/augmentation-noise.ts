import { MAX_FFT_LENGTH, RealFft } from "../spectral/fft.ts";
import { inverseTransform } from "./augmentation-spectrum.ts";

/** Below this a root mean square counts as silence. */
const SILENCE = 1e-8;

/**
 * The clip with noise whose magnitude falls with the frequency. About a second of it is made and repeated to the end, as in
 * torch-audiomentations: the next power of two from the sample rate on (16384 samples at 16 kHz, where the reference has 16000).
 * @param snr - decibels from the noise up to the clip
 * @param decay - the noise's magnitudes are divided by this power of a factor that rises with the frequency, from 1 at 0 Hz to
 *   the root of the highest frequency
 * @param random - yields numbers in [0, 1); two are taken for each sample of the noise
 * @returns a new array, shape [n]
 */
export function addColouredNoise(
  samples: Float32Array,
  sampleRate: number,
  snr: number,
  decay: number,
  random: () => number,
): Float32Array {
  const noise = colouredNoise(
    Math.min(MAX_FFT_LENGTH, 2 ** Math.ceil(Math.log2(sampleRate))),
    sampleRate,
    decay,
    random,
  );
  const level = rootMeanSquare(samples) / 10 ** (snr / 20) / (rootMeanSquare(noise) + SILENCE);
  return samples.map((sample, i) => sample + level * noise[i % noise.length]!);
}

function colouredNoise(length: number, sampleRate: number, decay: number, random: () => number): Float64Array {
  const fft = new RealFft(length);
  for (let i = 0; i < length; i++) fft.input[i] = normal(random);
  fft.transform();
  const [real, imaginary] = [fft.real.slice(), fft.imaginary.slice()];
  const bins = length / 2;
  const highest = Math.sqrt(sampleRate / 2);
  for (let k = 0; k <= bins; k++) {
    const factor = (1 + ((highest - 1) * k) / bins) ** -decay;
    real[k]! *= factor;
    imaginary[k]! *= factor;
  }
  const noise = new Float64Array(length);
  inverseTransform(fft, real, imaginary, noise);
  return noise;
}

/** Of mean 0 and variance 1, by the method of Box and Muller. */
function normal(random: () => number): number {
  const radius = Math.sqrt(-2 * Math.log(1 - random()));
  return radius * Math.cos(2 * Math.PI * random());
}

function rootMeanSquare(samples: Float32Array | Float64Array): number {
  let sum = 0;
  for (let i = 0; i < samples.length; i++) sum += samples[i]! * samples[i]!;
  return Math.sqrt(sum / samples.length);
}
