import { AudioOptionError } from "../audio/errors.ts";
import { plainLogMel } from "./frames.ts";
import type { FrontEnd } from "./front-ends.ts";
import { type MelBank, melBank } from "./mel-bank.ts";
import { simdLogMel } from "./simd-frames.ts";
import { frameCount, requireFrames, requireStftConfig } from "./stft.ts";

/** The least power before the logarithm: silence is -100 dB. The `amin` of both models. */
const LEAST_POWER = 1e-10;

/** A log-mel spectrogram. */
export interface LogMel {
  /** Decibels, row-major [frames, melBins]. */
  readonly data: Float32Array<ArrayBuffer>;
  readonly frames: number;
  readonly melBins: number;
}

/**
 * What the front-end of a model makes of a waveform, in decibels re 1, before the model's own normalisation. All of it is
 * computed in float64 and rounded once. Digital silence is -100 dB in every bin.
 * @param samples - shape [n] at the front-end's sample rate, n more than fftLength / 2
 * @param frontEnd - such as `laionClapFrontEnd`; it is not checked that the samples have its rate
 * @param bank - the filters of a checkpoint, from `melBankFromMatrix`, instead of those of the formula
 * @returns shape [floor(n / hopLength) + 1, melBins]
 * @throws {EmptyAudioError} when there are no samples
 * @throws {ShortAudioError} when there are too few samples for one frame
 * @throws {NonFiniteSampleError} when a sample is NaN or infinite
 * @throws {AudioOptionError} when the front-end or the bank is not sound
 * @see torchlibrosa `LogmelFilterBank`; torchaudio `MelSpectrogram` and `AmplitudeToDB`
 */
export function logMel(samples: Float32Array | Float64Array, frontEnd: FrontEnd, bank = bankOf(frontEnd)): LogMel {
  requireStftConfig(frontEnd);
  const { melBins, dynamicRange } = frontEnd;
  if (bank.melBins !== melBins || bank.bins !== frontEnd.fftLength / 2 + 1) {
    const expected = `${frontEnd.fftLength / 2 + 1} bins x ${melBins} filters, as the front-end has`;
    throw new AudioOptionError("bank", `${bank.bins} bins x ${bank.melBins} filters`, expected);
  }
  if (dynamicRange !== null && !(dynamicRange >= 0)) {
    throw new AudioOptionError("dynamicRange", dynamicRange, "at least 0 dB, or null");
  }
  requireFrames(samples, frontEnd);
  const frames = frameCount(samples.length, frontEnd);
  const data = new Float32Array(frames * melBins);
  const loudest =
    simdLogMel(samples, frontEnd, bank, LEAST_POWER, data) ?? plainLogMel(samples, frontEnd, bank, LEAST_POWER, data);
  if (dynamicRange !== null) raiseTo(loudest - dynamicRange, data);
  return { data, frames, melBins };
}

/** torchaudio's `top_db`, over one clip, as MusCALL has it; on a batch torchaudio can take the maximum over all clips. */
function raiseTo(floor: number, decibels: Float32Array): void {
  for (let i = 0; i < decibels.length; i++) if (decibels[i]! < floor) decibels[i] = floor;
}

/** Banks of the front-ends in use: a program has one or two. */
const banks = new WeakMap<FrontEnd, MelBank>();

function bankOf(frontEnd: FrontEnd): MelBank {
  const known = banks.get(frontEnd);
  if (known !== undefined) return known;
  const bank = melBank(frontEnd);
  banks.set(frontEnd, bank);
  return bank;
}
