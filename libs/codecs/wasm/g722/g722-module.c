/* One encoder or one decoder of G.722 at 64 kbit/s: a byte for two samples of 16 kHz. It conceals nothing. */
#define ARENA_BYTES 2048
/* 120 ms. */
#define MAX_PCM_SAMPLES 1920
#define MAX_PACKET_BYTES 960

#include "codec-abi.h"
#include "g722_codec.h"

enum { BITS_PER_SECOND = 64000 };

static G722_ENC_CTX *encoder;
static G722_DEC_CTX *decoder;

void *codec_take(size_t bytes) { return arena_take(bytes); }
void codec_release(void *taken) {}

EXPORTED(open_encoder)
int open_encoder(void) {
  arena_used = 0;
  encoder = g722_encoder_new(BITS_PER_SECOND, G722_DEFAULT);
  return 0;
}

/* Encodes that many samples of `pcm`, an even number; returns the bytes of `packet`. */
EXPORTED(encode)
int encode(int samples) { return g722_encode(encoder, pcm, samples, packet); }

EXPORTED(open_decoder)
int open_decoder(void) {
  arena_used = 0;
  decoder = g722_decoder_new(BITS_PER_SECOND, G722_DEFAULT);
  return 0;
}

/* Decodes that many bytes of `packet` into `pcm`; returns samples. */
EXPORTED(decode)
int decode(int bytes) { return bytes == 0 ? CORRUPT : g722_decode(decoder, packet, bytes, pcm); }
