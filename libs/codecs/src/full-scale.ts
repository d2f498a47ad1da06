/**
 * Keeps PCM within −1 to 1, in place. A decoder of floating point may leave that range: by a little for a loud voice, and
 * without bound for a damaged packet (samples of two millions were seen of Opus). So may what is made up.
 */
export const keepWithinFullScale = (pcm: Float32Array): Float32Array => {
  for (let i = 0; i < pcm.length; i += 1) {
    const sample = pcm[i]!;
    if (sample > 1) pcm[i] = 1;
    else if (sample < -1) pcm[i] = -1;
  }
  return pcm;
};
