import { resample } from "../audio/resample.ts";
import { MAX_FFT_LENGTH, MIN_FFT_LENGTH, RealFft } from "../spectral/fft.ts";
import { hann } from "../spectral/stft.ts";
import { inverseTransform } from "./augmentation-spectrum.ts";

/** By how much a pitch is raised: up / down. */
export interface PitchRatio {
  readonly up: number;
  readonly down: number;
}

/** Frames of about this length tell the partials of low notes apart. */
const FRAME_SECONDS = 0.064;
/** Frames in the length of one: with a Hann window on both sides, they add up to a constant. */
const OVERLAP = 4;

/**
 * The ratios that MusCALL draws from: fractions in lowest terms, other than 1, of products of prime factors of the sample rate,
 * with which resampling is cheap. At 16 kHz and 4 semitones these are 4/5, 125/128, 128/125 and 5/4.
 * @param semitones - the least and the most
 * @returns from the lowest to the highest
 */
export function fastRatios(sampleRate: number, [low, high]: readonly [number, number]): readonly PitchRatio[] {
  const [least, most] = [2 ** (low / 12), 2 ** (high / 12)];
  const products = divisorsOf(sampleRate);
  const ratios: PitchRatio[] = [];
  for (const up of products) {
    for (const down of products) {
      const ratio = up / down;
      if (ratio !== 1 && ratio >= least && ratio <= most && divisor(up, down) === 1) ratios.push({ up, down });
    }
  }
  return ratios.sort((a, b) => a.up / a.down - b.up / b.down);
}

/**
 * The clip at another pitch and with the same length: stretched by a phase vocoder, then resampled.
 * @param samples - shape [n]
 * @returns a new array, shape [n]
 * @see Flanagan & Golden 1966, "Phase vocoder"; torchaudio `phase_vocoder`
 */
export function shiftPitch(samples: Float32Array, sampleRate: number, { up, down }: PitchRatio): Float32Array {
  const resampled = resample(stretch(samples, up / down, frameLength(sampleRate)), up, down);
  const shifted = new Float32Array(samples.length);
  shifted.set(resampled.subarray(0, samples.length));
  return shifted;
}

function frameLength(sampleRate: number): number {
  const length = 2 ** Math.round(Math.log2(FRAME_SECONDS * sampleRate));
  return Math.min(MAX_FFT_LENGTH, Math.max(2 * MIN_FFT_LENGTH, length));
}

/**
 * The clip `factor` times as long at the same pitch: frames are taken from the spectrogram more or less densely than they are
 * put down, magnitudes between two of them are interpolated, and each bin's phase goes on as fast as it does there. Phases are
 * complex numbers of length 1, so that whole turns, which are lost between two frames, do not matter and no angle is computed.
 * @returns shape [round(n * factor)]
 */
function stretch(samples: Float32Array, factor: number, frame: number): Float32Array {
  const hop = frame / OVERLAP;
  const bins = frame / 2 + 1;
  const window = hann(frame);
  const fft = new RealFft(frame);
  const frames = Math.ceil((Math.floor(samples.length / hop) + 1) * factor);
  const length = Math.round(samples.length * factor);
  const sum = new Float64Array(length);
  const weight = new Float64Array(length);
  const [real, imaginary, signal] = [new Float64Array(bins), new Float64Array(bins), new Float64Array(frame)];
  let here = spectrum(fft, samples, window, 0);
  let next = spectrum(fft, samples, window, hop);
  let index = 0;
  const phase = { real: here.unitReal.slice(), imaginary: here.unitImaginary.slice() };
  for (let t = 0; t < frames; t++) {
    const position = t / factor;
    while (index < Math.floor(position)) {
      index += 1;
      here = next;
      next = spectrum(fft, samples, window, (index + 1) * hop);
    }
    const share = position - index;
    for (let k = 0; k < bins; k++) {
      const magnitude = (1 - share) * here.magnitude[k]! + share * next.magnitude[k]!;
      const [re, im] = [phase.real[k]!, phase.imaginary[k]!];
      real[k] = magnitude * re;
      imaginary[k] = magnitude * im;
      // Turned by as much as from here to the next frame: times next, times the conjugate of here.
      const turnRe = next.unitReal[k]! * here.unitReal[k]! + next.unitImaginary[k]! * here.unitImaginary[k]!;
      const turnIm = next.unitImaginary[k]! * here.unitReal[k]! - next.unitReal[k]! * here.unitImaginary[k]!;
      phase.real[k] = re * turnRe - im * turnIm;
      phase.imaginary[k] = re * turnIm + im * turnRe;
    }
    inverseTransform(fft, real, imaginary, signal);
    const start = t * hop - frame / 2;
    for (let i = Math.max(0, -start); i < frame && start + i < length; i++) {
      sum[start + i]! += signal[i]! * window[i]!;
      weight[start + i]! += window[i]! ** 2;
    }
  }
  // Nothing but the very end of a clip can lie outside of all windows.
  return Float32Array.from(sum, (value, i) => (weight[i]! > 1e-9 ? value / weight[i]! : 0));
}

/** Of a frame: each bin is its magnitude times a complex number of length 1. */
interface Spectrum {
  readonly magnitude: Float64Array;
  readonly unitReal: Float64Array;
  readonly unitImaginary: Float64Array;
}

/** Of the frame around a sample; outside of the clip there is silence. */
function spectrum(fft: RealFft, samples: Float32Array, window: Float64Array, centre: number): Spectrum {
  const start = centre - fft.length / 2;
  for (let i = 0; i < fft.length; i++) {
    const at = start + i;
    fft.input[i] = at >= 0 && at < samples.length ? window[i]! * samples[at]! : 0;
  }
  fft.transform();
  const bins = fft.real.length;
  const magnitude = new Float64Array(bins);
  const unitReal = new Float64Array(bins);
  const unitImaginary = new Float64Array(bins);
  for (let k = 0; k < bins; k++) {
    const [re, im] = [fft.real[k]!, fft.imaginary[k]!];
    const length = Math.sqrt(re * re + im * im);
    magnitude[k] = length;
    // Silence has no phase; any does.
    unitReal[k] = length > 0 ? re / length : 1;
    unitImaginary[k] = length > 0 ? im / length : 0;
  }
  return { magnitude, unitReal, unitImaginary };
}

/** All products of prime factors of a number are its divisors. */
function divisorsOf(n: number): readonly number[] {
  const divisors: number[] = [];
  for (let i = 1; i * i <= n; i++) {
    if (n % i === 0) divisors.push(i, n / i);
  }
  return [...new Set(divisors)];
}

function divisor(a: number, b: number): number {
  return b === 0 ? a : divisor(b, a % b);
}
