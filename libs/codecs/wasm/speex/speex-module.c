/* One encoder or one decoder of Speex. A packet holds one or several frames of 20 ms, as in RFC 5574, 3.3. */
#define ARENA_BYTES 16384
/* 120 ms at 32 kHz. */
#define MAX_PCM_SAMPLES 3840
/* Six frames of at most 107 bytes; what does not fit is no voice. */
#define MAX_PACKET_BYTES 1024

#include "codec-abi.h"
#include "stand-in.h"
#include "speex/speex.h"

enum { FRAME_MS = 20, MAX_FRAMES = MAX_PACKET_MS / FRAME_MS, MAX_FRAME_SAMPLES = MAX_PCM_SAMPLES / MAX_FRAMES };
/* A frame has no less, not even one of silence; fewer bits are what fills up the last byte. */
enum { LEAST_FRAME_BITS = 5 };

static SpeexBits bits;
static void *state;
static int frame_samples;
/* How many frames the last decoded packet had. */
static int last_frames;
/* That packet, no bytes if it was silence, and the bit at which its last frame begins. */
static unsigned char last_packet[MAX_PACKET_BYTES];
static int last_bytes;
static int last_frame_bit;

void *speex_alloc(int size) { return arena_take((size_t)size); }

/* mode: 0, 1, 2 for narrow, wide, ultra-wide band. Returns the samples of a frame. */
EXPORTED(open_encoder)
int open_encoder(int mode_id, int quality, int vbr, int dtx, int complexity) {
  int on = 1;
  arena_used = 0;
  state = speex_encoder_init(speex_lib_get_mode(mode_id));
  speex_bits_init_buffer(&bits, packet, MAX_PACKET_BYTES);
  speex_encoder_ctl(state, SPEEX_SET_COMPLEXITY, &complexity);
  if (vbr) {
    float vbr_quality = (float)quality;
    speex_encoder_ctl(state, SPEEX_SET_VBR, &on);
    speex_encoder_ctl(state, SPEEX_SET_VBR_QUALITY, &vbr_quality);
  } else {
    speex_encoder_ctl(state, SPEEX_SET_QUALITY, &quality);
    /* Silence is found by voice activity detection, which variable rate brings with it. */
    if (dtx) speex_encoder_ctl(state, SPEEX_SET_VAD, &on);
  }
  if (dtx) speex_encoder_ctl(state, SPEEX_SET_DTX, &on);
  speex_encoder_ctl(state, SPEEX_GET_FRAME_SIZE, &frame_samples);
  return frame_samples;
}

/* Encodes that many samples of `pcm`, whole frames; returns the bytes of `packet`, 0 if nothing needs sending. */
EXPORTED(encode)
int encode(int samples) {
  int send = 0;
  speex_bits_reset(&bits);
  for (int at = 0; at < samples; at += frame_samples) send |= speex_encode_int(state, pcm + at, &bits);
  if (!send) return 0;
  speex_bits_insert_terminator(&bits);
  return speex_bits_nbytes(&bits);
}

/* Returns the samples of a frame. */
EXPORTED(open_decoder)
int open_decoder(int mode_id) {
  arena_used = 0;
  state = speex_decoder_init(speex_lib_get_mode(mode_id));
  speex_decoder_ctl(state, SPEEX_GET_FRAME_SIZE, &frame_samples);
  last_frames = 1;
  last_bytes = 0;
  return frame_samples;
}

/* As speex_decode_int does it, but what is no number is found instead of becoming one. Returns 0, or what Speex returns. */
static int decode_frame(SpeexBits *from, int16_t *to) {
  static float decoded[MAX_FRAME_SAMPLES];
  const int result = speex_decode(state, from, decoded);
  if (result != 0) return result;
  for (int i = 0; i < frame_samples; i++) {
    if (!__builtin_isfinite(decoded[i])) return -2;
    if (decoded[i] > 32767.f) {
      to[i] = 32767;
    } else if (decoded[i] < -32768.f) {
      to[i] = -32768;
    } else {
      to[i] = (int16_t)__builtin_floor(.5 + decoded[i]);
    }
  }
  return 0;
}

static int decode_frames(SpeexBits *from) {
  int frames = 0;
  while (speex_bits_remaining(from) >= LEAST_FRAME_BITS) {
    if (frames == MAX_FRAMES) return CORRUPT;
    const int begin = from->nbBits - speex_bits_remaining(from);
    const int result = decode_frame(from, pcm + frames * frame_samples);
    /* The mark at the end of a packet. */
    if (result == -1) break;
    if (result != 0 || speex_bits_remaining(from) < 0) return CORRUPT;
    frames += 1;
    last_frame_bit = begin;
  }
  return frames == 0 ? CORRUPT : frames;
}

/* Decodes that many bytes of `packet` into `pcm`; returns samples, or CORRUPT, after which it is as if the packet had not
   come. 0 bytes are silence that was not sent, as long as the packet before. */
EXPORTED(decode)
int decode(int bytes) {
  arena_save();
  if (bytes == 0) {
    /* Frames without content are five zeros each; the decoder fills them with the noise it has. */
    static unsigned char silence[4];
    speex_bits_set_bit_buffer(&bits, silence, sizeof silence);
    for (int frame = 0; frame < last_frames; frame++) {
      if (decode_frame(&bits, pcm + frame * frame_samples) != 0) {
        arena_restore();
        return CORRUPT;
      }
    }
    last_bytes = 0;
    return last_frames * frame_samples;
  }
  speex_bits_set_bit_buffer(&bits, packet, bytes);
  const int last_bit = last_frame_bit;
  const int frames = decode_frames(&bits);
  if (frames == CORRUPT) {
    arena_restore();
    last_frame_bit = last_bit;
    return CORRUPT;
  }
  memcpy(last_packet, packet, (size_t)bytes);
  last_bytes = bytes;
  last_frames = frames;
  return frames * frame_samples;
}

/* Decodes the frame that begins at a bit of a packet once more, in place of another. Returns 0 if there is none. */
static int decode_again(unsigned char *from, int bytes, int bit, int16_t *to) {
  if (bytes == 0) return 0;
  arena_save();
  speex_bits_set_bit_buffer(&bits, from, bytes);
  speex_bits_advance(&bits, bit);
  if (decode_frame(&bits, to) == 0 && speex_bits_remaining(&bits) >= 0) return 1;
  arena_restore();
  return 0;
}

/* Fills in that many samples, whole frames: of `lost` in a row those from `from` on. `packet` has the packet behind the loss, if
   it is known. */
EXPORTED(conceal)
int conceal(int samples, int from, int lost, int bytes) {
  for (int at = 0; at < samples; at += frame_samples) {
    const enum stand_in by = stand_in_for((from + at) / frame_samples, lost / frame_samples, FRAME_MS);
    if (by == FRAME_BEFORE && decode_again(last_packet, last_bytes, last_frame_bit, pcm + at)) continue;
    if (by == FRAME_BEHIND && decode_again(packet, bytes, 0, pcm + at)) continue;
    if (decode_frame(NULL, pcm + at) != 0) return CORRUPT;
  }
  last_frames = samples / frame_samples;
  return samples;
}
