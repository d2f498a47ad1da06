import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Program } from '../support/program.ts';
import { until } from '../support/wait.ts';
import { LoopedSound } from './looped-sound.ts';
import { SoundRecording } from './sound-recording.ts';
import { tiedProgram } from './tied-program.ts';

export interface SoundServerOptions {
  /** A loudspeaker of nobody for each name: what is played there can be recorded. */
  loudspeakers: readonly string[];
  /** The loudspeaker among them whose sound is everybody's microphone. */
  microphone: string;
}

/**
 * A sound server of the test's own: PulseAudio in a folder of its own, with loudspeakers and a microphone that
 * exist only in there. It neither sees nor disturbs the sound of the machine, needs no session, and runs as root.
 */
export class SoundServer {
  readonly #folder: string;
  readonly #program: Program;

  private constructor(folder: string, program: Program) {
    this.#folder = folder;
    this.#program = program;
  }

  /** @throws Error with what PulseAudio said, when it does not start */
  static async start({ loudspeakers, microphone }: SoundServerOptions): Promise<SoundServer> {
    const folder = await mkdtemp(join(tmpdir(), 'partyline-sound-'));
    const socket = join(folder, 'native');
    const script = [
      ...loudspeakers.map((name) => `load-module module-null-sink sink_name=${name} rate=48000 channels=1`),
      `set-default-source ${microphone}.monitor`,
      // Last, so that whoever finds the socket finds everything.
      `load-module module-native-protocol-unix socket=${socket} auth-anonymous=1`,
    ];
    await writeFile(join(folder, 'script.pa'), `${script.join('\n')}\n`);
    const flags = ['--daemonize=no', '--exit-idle-time=-1', '--use-pid-file=no', '--disable-shm=yes'];
    const program = tiedProgram('pulseaudio', ['-n', '-F', join(folder, 'script.pa'), ...flags], {
      HOME: folder,
      XDG_RUNTIME_DIR: folder,
    });
    const server = new SoundServer(folder, program);
    await until(
      'PulseAudio to start',
      () => {
        if (!program.running) throw new Error(`PulseAudio ended: ${program.output}`);
        return existsSync(socket);
      },
      15_000,
    ).catch(async (error: unknown) => {
      await server.stop();
      throw error;
    });
    return server;
  }

  /** A home of its own for a program that plays at a loudspeaker and hears the microphone. */
  environment(loudspeaker: string): Record<string, string> {
    return {
      HOME: this.#folder,
      XDG_RUNTIME_DIR: this.#folder,
      PULSE_SERVER: `unix:${join(this.#folder, 'native')}`,
      PULSE_SINK: loudspeaker,
    };
  }

  /** Plays a file at a loudspeaker, over and over. @param path a WAV file of 48 kHz */
  loop(path: string, loudspeaker: string): Promise<LoopedSound> {
    return LoopedSound.play(path, loudspeaker, this.environment(loudspeaker));
  }

  /** Writes down what a loudspeaker plays, from now on. */
  record(loudspeaker: string): SoundRecording {
    return new SoundRecording(`${loudspeaker}.monitor`, this.environment(loudspeaker));
  }

  async stop(): Promise<void> {
    await this.#program.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
