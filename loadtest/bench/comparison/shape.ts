/** One arrangement of rooms and people that both servers are put under. */
export interface Shape {
  name: string;
  rooms: number;
  /** Per room; each also listens to the others. */
  publishers: number;
  /** Per room, on top of the publishers. */
  listeners: number;
  /** Part of the time that a publisher talks, 0–1; below 1 it talks for a second at a time. */
  talkShare: number;
  /** From one frame of a speaker to its next, in ms. */
  intervalMs: number;
}

/** A frame's bytes, header included; its message has the message header on top. */
export const FRAME_BYTES = 100;

/** Useful frames per second that the shape asks for: everybody but the speaker gets each frame. */
export const offeredFrames = (shape: Shape): number =>
  shape.rooms *
  shape.publishers *
  shape.talkShare *
  (1000 / shape.intervalMs) *
  (shape.publishers + shape.listeners - 1);
