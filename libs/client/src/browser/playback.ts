import type { DecodedVoice } from '../decoded-voice.ts';
import type { PartylineError } from '../errors.ts';
import { PlayoutDelays } from '../playout-delays.ts';
import type { Room } from '../room-types.ts';
import { VoiceDecoders } from '../voice-decoders.ts';
import { audibleAtMs } from './audible-time.ts';
import { PLAYOUT_PROCESSOR, type PlayoutCommand, type PlayoutReport } from './messages.ts';

/** Plays a room: decodes here, buffers and mixes on the audio thread. */
export class Playback {
  readonly #context: AudioContext;
  readonly #room: Room;
  readonly #node: AudioWorkletNode;
  readonly #volume: GainNode;
  readonly #gate: GainNode;
  readonly #decoders: VoiceDecoders;
  readonly #stopListening: () => void;
  readonly #delays = new PlayoutDelays();
  #deafened = false;

  constructor(context: AudioContext, room: Room, onError: (error: PartylineError) => void) {
    this.#context = context;
    this.#room = room;
    this.#node = new AudioWorkletNode(context, PLAYOUT_PROCESSOR, {
      numberOfInputs: 0,
      numberOfOutputs: 1,
      outputChannelCount: [1],
    });
    this.#volume = new GainNode(context);
    this.#gate = new GainNode(context);
    this.#node.connect(this.#volume).connect(this.#gate);
    this.#node.port.onmessage = ({ data }: MessageEvent<PlayoutReport>) => this.#report(data);
    this.#decoders = new VoiceDecoders(room, (voice) => this.#voice(voice), { onError });
    this.#stopListening = room.on('participants', ({ left }) => {
      for (const { streamId } of left) this.#tell({ type: 'remove', streamId });
    });
    room.setPlayout(() => this.#delays.readings);
  }

  /** Everything heard, mixed. */
  get output(): AudioNode {
    return this.#volume;
  }

  /** The same, unless deafened: for the loudspeaker. */
  get audible(): AudioNode {
    return this.#gate;
  }

  get deafened(): boolean {
    return this.#deafened;
  }

  setDeafened(deafened: boolean): void {
    this.#deafened = deafened;
    this.#fade(this.#gate, deafened ? 0 : 1);
  }

  setVolume(volume: number): void {
    this.#fade(this.#volume, volume);
  }

  setSpeakerVolume(streamId: number, gain: number): void {
    this.#tell({ type: 'gain', streamId, gain });
  }

  close(): void {
    this.#decoders.close();
    this.#stopListening();
    this.#room.setPlayout(undefined);
    this.#node.port.onmessage = null;
    this.#node.disconnect();
    this.#volume.disconnect();
    this.#gate.disconnect();
  }

  #fade({ gain }: GainNode, to: number): void {
    // A ramp of a few ms, for a step is heard as a click.
    gain.setTargetAtTime(to, this.#context.currentTime, 0.01);
  }

  #voice(voice: DecodedVoice): void {
    // While the browser holds sound back nobody empties the port, and it would fill without bound.
    if (this.#context.state !== 'running') return;
    this.#tell({ type: 'voice', voice }, [voice.pcm.buffer]);
  }

  #tell(command: PlayoutCommand, transfer: Transferable[] = []): void {
    this.#node.port.postMessage(command, transfer);
  }

  #report(report: PlayoutReport): void {
    this.#delays.take(report.readings, this.#room.clock.toCluster(audibleAtMs(this.#context, report)));
  }
}
