/* What stands in for lost frames, by codecs that describe a voice by its filter and its excitation: frames beside the loss are
   decoded once more, up to 20 ms of the last before it and of the first behind it. That is nearer to what was said than what
   these codecs make up by themselves, and the decoder comes out of the loss with the filter that it needs. Between them, and
   where nothing but silence is beside, the codec makes up. */
#ifndef PARTYLINE_STAND_IN_H
#define PARTYLINE_STAND_IN_H

enum stand_in { FRAME_BEFORE, FRAME_BEHIND, MADE_UP };
enum { STAND_IN_MS = 20 };

/* Of that many lost frames in a row, each `frame_ms` long, what stands in for one. */
static enum stand_in stand_in_for(int frame, int frames, int frame_ms) {
  const int most = STAND_IN_MS / frame_ms;
  const int before = frames / 2;
  const int behind = frames - before;
  if (frame < (before < most ? before : most)) return FRAME_BEFORE;
  if (frames - frame <= (behind < most ? behind : most)) return FRAME_BEHIND;
  return MADE_UP;
}

#endif
