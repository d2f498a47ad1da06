"""Says how much of a reference recording's speech is in a degraded one, and how good it sounds.

usage: judge.py REF.wav DEG.wav [--mode wb|nb]

Prints one JSON object: pesq (mean over pieces, MOS-LQO, about 1 to 4.64; 0 when no speech was found), pesq_min,
pieces, delay_ms (of DEG against REF; negative when DEG begins later in the speech), correlation (of waveforms,
each two seconds aligned on their own: a buffer that has changed its delay by some ms is no other voice),
ref_seconds, deg_seconds, deg_level_dbfs.
"""

import argparse
import json
import sys

import numpy as np
from pesq import NoUtterancesError, pesq
from scipy.io import wavfile
from scipy.signal import correlate, resample_poly

LONG_SECONDS = 20
PIECE_SECONDS = 10
LOCAL_SEARCH_SECONDS = 0.5
STRETCH_SECONDS = 2
STRETCH_SEARCH_SECONDS = 0.04


def read(path, rate):
    """Reads a WAV file as one channel of floats at the given rate."""
    try:
        file_rate, samples = wavfile.read(path)
    except FileNotFoundError:
        sys.exit(f"judge: {path} does not exist")
    except ValueError as error:
        sys.exit(f"judge: {path} is no readable WAV file: {error}")
    if np.issubdtype(samples.dtype, np.unsignedinteger):
        samples = (samples.astype(np.float64) - 128) / 128
    elif np.issubdtype(samples.dtype, np.integer):
        samples = samples.astype(np.float64) / np.iinfo(samples.dtype).max
    else:
        samples = samples.astype(np.float64)
    if samples.ndim == 2:
        samples = samples.mean(axis=1)
    if len(samples) == 0:
        sys.exit(f"judge: {path} holds no sound")
    seconds = len(samples) / file_rate
    divisor = np.gcd(rate, file_rate)
    return resample_poly(samples, rate // divisor, file_rate // divisor), seconds


def delay_of(degraded, reference):
    """How many samples into `degraded` the reference begins, by the highest peak of cross-correlation."""
    product = correlate(degraded, reference, mode="full", method="fft")
    return int(np.argmax(product)) - (len(reference) - 1)


def cut(samples, start, length):
    """Takes a stretch of samples, with silence where it reaches beyond the ends."""
    piece = np.zeros(length)
    first, last = max(start, 0), min(start + length, len(samples))
    if last > first:
        piece[first - start : last - start] = samples[first:last]
    return piece


def pieces_of(reference, rate):
    """Start and end of pieces of about ten seconds, cut in the quietest place near where each should end."""
    if len(reference) <= LONG_SECONDS * rate:
        return [(0, len(reference))]
    window = rate // 5
    energy = np.convolve(reference**2, np.ones(window), mode="same")
    cuts, start = [], 0
    while len(reference) - start > 1.5 * PIECE_SECONDS * rate:
        middle = start + PIECE_SECONDS * rate
        low, high = middle - 2 * rate, middle + 2 * rate
        end = low + int(np.argmin(energy[low:high]))
        cuts.append((start, end))
        start = end
    return cuts + [(start, len(reference))]


def correlation_of(a, b):
    """Normalised correlation, 0 for silence."""
    power = np.sqrt(np.dot(a, a) * np.dot(b, b))
    return float(np.dot(a, b) / power) if power > 0 else 0.0


def align(piece, degraded, start, margin):
    """The stretch of `degraded` that is most like the piece, begun within a margin of a start, in samples."""
    nearby = cut(degraded, start - margin, len(piece) + 2 * margin)
    shift = int(np.argmax(correlate(nearby, piece, mode="valid", method="fft"))) if nearby.any() else margin
    return nearby[shift : shift + len(piece)]


def likeness(reference, degraded, rate):
    """Correlation of two waveforms of the same length, each stretch of them aligned on its own."""
    length, margin = STRETCH_SECONDS * rate, int(STRETCH_SEARCH_SECONDS * rate)
    starts = range(0, len(reference), length)
    stretches = [align(reference[start : start + length], degraded, start, margin) for start in starts]
    return correlation_of(reference, np.concatenate(stretches))


def quality(reference, degraded, rate, mode):
    """PESQ of one piece, or 0 if there is nothing to compare."""
    if np.sqrt(np.mean(degraded**2)) < 1e-5:
        return 0.0
    try:
        return float(pesq(rate, reference, degraded, mode))
    except NoUtterancesError:
        return 0.0


def judge(reference_path, degraded_path, mode):
    rate = 16000 if mode == "wb" else 8000
    reference, ref_seconds = read(reference_path, rate)
    degraded, deg_seconds = read(degraded_path, rate)
    delay = delay_of(degraded, reference)
    margin = int(LOCAL_SEARCH_SECONDS * rate)
    scores, aligned, loud = [], [], 1e-4 * np.mean(reference**2)
    for start, end in pieces_of(reference, rate):
        piece = reference[start:end]
        if np.mean(piece**2) < loud:
            continue
        match = align(piece, degraded, start + delay, margin)
        aligned.append((piece, match))
        scores.append(quality(piece, match, rate, mode))
    if not scores:
        sys.exit(f"judge: {reference_path} holds no speech to look for")
    level = 10 * np.log10(np.mean(degraded**2) + 1e-12)
    return {
        "pesq": round(float(np.mean(scores)), 3),
        "pesq_min": round(min(scores), 3),
        "pieces": len(scores),
        "delay_ms": round(1000 * delay / rate, 2),
        "correlation": round(
            likeness(np.concatenate([a for a, _ in aligned]), np.concatenate([b for _, b in aligned]), rate), 4
        ),
        "ref_seconds": round(ref_seconds, 3),
        "deg_seconds": round(deg_seconds, 3),
        "deg_level_dbfs": round(float(level), 1),
    }


def main():
    parser = argparse.ArgumentParser(description="Compares recorded speech with its original.")
    parser.add_argument("reference")
    parser.add_argument("degraded")
    parser.add_argument("--mode", choices=["wb", "nb"], default="wb")
    arguments = parser.parse_args()
    print(json.dumps(judge(arguments.reference, arguments.degraded, arguments.mode)))


if __name__ == "__main__":
    main()
