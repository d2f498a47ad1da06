import { join } from 'node:path';
import type { Expectations } from '@partyline/harness';
import { judgeSpeech } from './judge.ts';
import { type Program, partyline, withProgram } from './program.ts';
import { speechFile } from './speech.ts';

export interface SpeechAcross {
  pesq: number;
  /** As the listener estimates it: capture, both edges, the way between, and its own buffer. */
  mouthToEarMs: number;
  framesSent: number;
  framesReceived: number;
}

/** One end: a directory and an access token. */
export interface End {
  url: string;
  token: string;
}

const SPARE_SECONDS = 5;

const resultOf = <Result>(program: Program): Result => JSON.parse(program.stdout.at(-1) ?? '{}') as Result;

/** Recorded speech from one directory's region to another's, by the `partyline` command, judged by PESQ. */
export const speechAcross = async (
  from: End,
  to: End,
  options: { room: string; seconds: number; folder: string; bufferMs: number; checks: Expectations },
): Promise<SpeechAcross> => {
  const { room, folder, bufferMs, checks } = options;
  const speech = await speechFile({ seconds: options.seconds });
  const out = join(folder, `${room}.wav`);
  const at = ({ url, token }: End): string[] => ['--url', url, '--token', token, '--room', room, '--json'];
  const length = String(Math.ceil(speech.seconds) + SPARE_SECONDS);
  const recording = ['--seconds', length, '--out', out, '--buffer', String(bufferMs)];
  const listen = partyline(['listen', ...at(to), ...recording]);
  return withProgram(listen, async () => {
    await listen.prints(/In room/, 15_000);
    const talk = partyline(['talk', ...at(from), '--file', speech.path]);
    const codes = [await talk.ends((speech.seconds + 30) * 1_000), await listen.ends(40_000)];
    checks.expect(
      codes.every((code) => code === 0),
      `talk and listen ended with ${codes.join(', ')}`,
    );
    const { framesSent = 0 } = resultOf<{ framesSent?: number }>(talk);
    const heard = resultOf<{ framesReceived?: number; mouthToEarMs?: number }>(listen);
    const { pesq } = await judgeSpeech(speech.path, out);
    return {
      pesq,
      mouthToEarMs: heard.mouthToEarMs ?? Number.POSITIVE_INFINITY,
      framesSent,
      framesReceived: heard.framesReceived ?? 0,
    };
  });
};
