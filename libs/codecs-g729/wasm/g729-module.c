/*
 * One encoder or one decoder of G.729 annex A with annex B, by bcg729.
 * Copyright (C) 2026 the Partyline authors. Licensed under the GPL, version 3 or later: see ../LICENSE.
 *
 * A packet is that of RFC 3551, 4.5.6: frames of 10 ms of ten bytes, then perhaps one of two bytes that describes silence.
 * What follows such a frame within the time of the packet was not sent.
 */
#define ARENA_BYTES 8192
/* 120 ms. */
#define MAX_PCM_SAMPLES 960
#define MAX_PACKET_BYTES 120

#include "codec-abi.h"
#include "stand-in.h"
#include "typedef.h"

enum { FRAME_MS = 10, FRAME_SAMPLES = 80, VOICE_BYTES = 10, SILENCE_BYTES = 2, MAX_FRAMES = MAX_PCM_SAMPLES / FRAME_SAMPLES };

static bcg729EncoderChannelContextStruct *encoder;
static bcg729DecoderChannelContextStruct *decoder;
/* How many frames a packet has that holds nothing but voice. */
static int frames_of_packet;
/* The frame that was decoded last, if it was voice. */
static unsigned char last_voice[VOICE_BYTES];
static int last_is_voice;

void *codec_take(size_t bytes) { return arena_take(bytes); }
void codec_release(void *taken) {}

/* detect_silence: whether frames without voice are described, or left out (annex B). */
EXPORTED(open_encoder)
int open_encoder(int detect_silence) {
  arena_used = 0;
  encoder = initBcg729EncoderChannel((uint8_t)detect_silence);
  return FRAME_SAMPLES;
}

/* Encodes the frames one by one. Returns the bytes of the packet, or -1 where voice follows silence, which no packet can
   say. Of several descriptions of silence the last is sent. */
static int encode_frames(int frames) {
  int bytes = 0;
  int silent = 0;
  for (int frame = 0; frame < frames; frame++) {
    unsigned char encoded[VOICE_BYTES];
    uint8_t length = 0;
    bcg729Encoder(encoder, pcm + frame * FRAME_SAMPLES, encoded, &length);
    if (length == VOICE_BYTES) {
      if (silent) return -1;
      memcpy(packet + bytes, encoded, VOICE_BYTES);
      bytes += VOICE_BYTES;
    } else {
      silent = 1;
      if (length == SILENCE_BYTES) {
        if (bytes % VOICE_BYTES != 0) bytes -= SILENCE_BYTES;
        memcpy(packet + bytes, encoded, SILENCE_BYTES);
        bytes += SILENCE_BYTES;
      }
    }
  }
  return bytes;
}

/* Encodes all frames as voice from where the encoder was before; what it has learned of silence meanwhile stays. */
static int encode_as_voice(int frames) {
  bcg729VADChannelContextStruct *detection = encoder->VADChannelContext;
  const bcg729VADChannelContextStruct learned = *detection;
  const bcg729DTXChannelContextStruct described = *encoder->DTXChannelContext;
  arena_restore();
  encoder->VADChannelContext = NULL;
  const int bytes = encode_frames(frames);
  encoder->VADChannelContext = detection;
  *detection = learned;
  *encoder->DTXChannelContext = described;
  encoder->DTXChannelContext->previousVADflag = 1;
  encoder->DTXChannelContext->pseudoRandomSeed = CNG_DTX_RANDOM_SEED_INIT;
  return bytes;
}

/* Encodes that many samples of `pcm`, whole frames; returns the bytes of `packet`, 0 if nothing needs sending. */
EXPORTED(encode)
int encode(int samples) {
  const int frames = samples / FRAME_SAMPLES;
  arena_save();
  const int bytes = encode_frames(frames);
  /* A word that begins within a packet: its beginning is sent as voice, too. */
  return bytes < 0 ? encode_as_voice(frames) : bytes;
}

/* frames: of a packet, until one that is nothing but voice shows how many there are. */
EXPORTED(open_decoder)
int open_decoder(int frames) {
  arena_used = 0;
  decoder = initBcg729DecoderChannel();
  frames_of_packet = frames;
  last_is_voice = 0;
  return FRAME_SAMPLES;
}

static void decode_voice(const unsigned char *from, int frame) {
  bcg729Decoder(decoder, from, VOICE_BYTES, 0, 0, 0, pcm + frame * FRAME_SAMPLES);
}

/* Frames of voice, then perhaps one that describes silence, and nothing else. */
static int is_packet(int bytes) {
  const int rest = bytes % VOICE_BYTES;
  return bytes / VOICE_BYTES + (rest != 0) <= MAX_FRAMES && (rest == 0 || rest == SILENCE_BYTES);
}

/* A frame that is not there: in silence more of its noise, in speech what the codec makes up. */
static void decode_nothing(int frame) { bcg729Decoder(decoder, NULL, 0, 1, 0, 0, pcm + frame * FRAME_SAMPLES); }

/* Decodes that many bytes of `packet` into `pcm`; returns samples, or CORRUPT. 0 bytes are silence that was not sent. */
EXPORTED(decode)
int decode(int bytes) {
  if (!is_packet(bytes)) return CORRUPT;
  const int voice = bytes / VOICE_BYTES;
  const int silence = bytes % VOICE_BYTES == SILENCE_BYTES;
  int frame = 0;
  for (; frame < voice; frame++) decode_voice(packet + frame * VOICE_BYTES, frame);
  if (silence) {
    bcg729Decoder(decoder, packet + voice * VOICE_BYTES, SILENCE_BYTES, 0, 1, 0, pcm + frame * FRAME_SAMPLES);
    frame += 1;
  } else if (voice > 0) {
    frames_of_packet = voice;
  }
  last_is_voice = voice > 0 && !silence;
  if (last_is_voice) memcpy(last_voice, packet + (voice - 1) * VOICE_BYTES, VOICE_BYTES);
  for (; frame < frames_of_packet; frame++) decode_nothing(frame);
  return frame * FRAME_SAMPLES;
}

/* Fills in that many samples, whole frames: of `lost` in a row those from `from` on. `packet` has the packet behind the loss, if
   it is known. */
EXPORTED(conceal)
int conceal(int samples, int from, int lost, int bytes) {
  const int frames = samples / FRAME_SAMPLES;
  for (int frame = 0; frame < frames; frame++) {
    const enum stand_in by = stand_in_for(from / FRAME_SAMPLES + frame, lost / FRAME_SAMPLES, FRAME_MS);
    if (by == FRAME_BEFORE && last_is_voice) {
      decode_voice(last_voice, frame);
    } else if (by == FRAME_BEHIND && is_packet(bytes) && bytes >= VOICE_BYTES) {
      decode_voice(packet, frame);
    } else {
      decode_nothing(frame);
    }
  }
  frames_of_packet = frames;
  return samples;
}
