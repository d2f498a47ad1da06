/* What every codec module here has in common. An instance of a module is one encoder or one decoder: it is opened once or
   again and again, imports nothing, and its memory never grows. Samples are 16 bits, in the codec's own rate. */
#ifndef PARTYLINE_CODEC_ABI_H
#define PARTYLINE_CODEC_ABI_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define EXPORTED(name) __attribute__((export_name(#name)))

/* Longest packet that is encoded or decoded. */
enum { MAX_PACKET_MS = 120 };

/* What `decode` returns for a packet that is none; positive numbers are samples. */
enum { CORRUPT = -1 };

/* All that a codec allocates comes from here and is given back at once, by opening it anew. */
static uint64_t arena[ARENA_BYTES / sizeof(uint64_t)] __attribute__((aligned(16)));
static size_t arena_used;

static void *arena_take(size_t bytes) {
  const size_t from = arena_used;
  const size_t rounded = (bytes + 15) & ~(size_t)15;
  if (rounded < bytes || rounded > sizeof arena - from) __builtin_trap();
  arena_used = from + rounded;
  void *taken = (unsigned char *)arena + from;
  memset(taken, 0, bytes);
  return taken;
}

/* A copy of the arena, to go back to: what a broken packet did to a decoder is then undone. */
static uint64_t saved[ARENA_BYTES / sizeof(uint64_t)] __attribute__((aligned(16)));

static void arena_save(void) { memcpy(saved, arena, arena_used); }
static void arena_restore(void) { memcpy(arena, saved, arena_used); }

static int16_t pcm[MAX_PCM_SAMPLES];
static unsigned char packet[MAX_PACKET_BYTES] __attribute__((aligned(4)));

EXPORTED(pcm) int16_t *pcm_address(void) { return pcm; }
EXPORTED(pcm_samples) int pcm_samples(void) { return MAX_PCM_SAMPLES; }
EXPORTED(packet) unsigned char *packet_address(void) { return packet; }
EXPORTED(packet_bytes) int packet_bytes(void) { return MAX_PACKET_BYTES; }

#endif
