import { cpSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type PeerCertificate } from 'node:tls';
import { Expectations, type NamedRun, type RunContext, type RunOutcome } from '@partyline/harness';
import { makeCertificate } from '../support/certificate.ts';
import { judgeSpeech } from '../support/judge.ts';
import { partyline, serve, withProgram } from '../support/program.ts';
import { speechFile } from '../support/speech.ts';
import { shapeAsked } from '../support/system.ts';
import { holdsWithin } from '../support/wait.ts';

const PESQ_FLOOR = 3.8;
const SPEECH_SECONDS = 12;

/** What a new connection is shown. */
const fingerprint = (port: number): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false }, () => {
      const certificate: PeerCertificate = socket.getPeerCertificate();
      socket.destroy();
      resolve(certificate.fingerprint256);
    });
    socket.once('error', reject);
  });

const inFolder = async (context: RunContext, folder: string): Promise<RunOutcome> => {
  const checks = new Expectations();
  const certificateFile = join(folder, 'certificate.pem');
  const keyFile = join(folder, 'key.pem');
  await makeCertificate(certificateFile, keyFile);
  const next = { certificate: join(folder, 'next.pem'), key: join(folder, 'next-key.pem') };
  await makeCertificate(next.certificate, next.key);
  const speech = await speechFile({ seconds: SPEECH_SECONDS });
  const out = join(folder, 'heard.wav');
  const service = serve([], { env: { PARTYLINE_TLS_CERT: certificateFile, PARTYLINE_TLS_KEY: keyFile } });

  return withProgram(service, async () => {
    const [, url] = await service.prints(/ready: (https:\S+)/, 15_000);
    const port = Number(new URL(url!).port);
    const before = await fingerprint(port);
    const common = ['--url', url!, '--room', 'secure', '--insecure', '--json'];
    const listen = partyline([
      'listen',
      ...common,
      '--seconds',
      String(Math.ceil(speech.seconds) + 6),
      '--out',
      out,
    ]);
    return withProgram(listen, async () => {
      await listen.prints(/In room/, 15_000);
      const talk = partyline(['talk', ...common, '--file', speech.path]);
      return withProgram(talk, async () => {
        await talk.prints(/Talking: [1-9]/, 20_000);
        // A bad pair first: it must change nothing.
        cpSync(certificateFile, join(folder, 'good.pem'));
        cpSync(keyFile, `${certificateFile}.new`);
        renameSync(`${certificateFile}.new`, certificateFile);
        const complained = await holdsWithin(
          () => /new certificate is not used/.test(service.output),
          10_000,
        );
        checks.expect(complained, 'a bad certificate is not reported');
        checks.expect((await fingerprint(port)) === before, 'a bad certificate was taken');
        // Then a good one, in the middle of the call.
        renameSync(next.key, keyFile);
        renameSync(next.certificate, certificateFile);
        const reloaded = await holdsWithin(async () => (await fingerprint(port)) !== before, 10_000, 100);
        checks.expect(reloaded, 'new connections are not shown the new certificate');
        const stillTalking = talk.running;
        checks.expect(stillTalking, 'the call was over before the certificate was changed');
        const codes = [await talk.ends(60_000), await listen.ends(60_000)];
        checks.expect(
          codes.every((code) => code === 0),
          `exit codes ${codes.join(', ')}`,
        );
        const spoken = JSON.parse(talk.stdout.at(-1)!) as { framesSent: number; reconnects: number };
        const heard = JSON.parse(listen.stdout.at(-1)!) as {
          framesReceived: number;
          framesLost: number;
          reconnects: number;
        };
        checks.expect(
          spoken.reconnects === 0 && heard.reconnects === 0,
          `the change of certificates dropped a connection (${spoken.reconnects}, ${heard.reconnects})`,
        );
        checks.expect(
          heard.framesReceived === spoken.framesSent && heard.framesLost === 0,
          `${spoken.framesSent} frames sent, ${heard.framesReceived} received, ${heard.framesLost} lost`,
        );
        const { pesq } = await judgeSpeech(speech.path, out);
        checks.expect(pesq >= PESQ_FLOOR, `PESQ ${pesq.toFixed(2)} is below ${PESQ_FLOOR}`);
        context.table([
          ['frames sent', 'received', 'lost', 'PESQ', 'certificate changed in call'],
          [
            spoken.framesSent,
            heard.framesReceived,
            heard.framesLost,
            pesq.toFixed(2),
            reloaded ? 'yes' : 'no',
          ],
        ]);
        return {
          ...checks.outcome,
          pesq,
          ...spoken,
          framesLost: heard.framesLost,
          certificateBytes: readFileSync(certificateFile).length,
        };
      });
    });
  });
};

/** A call over wss, during which the certificate is replaced. */
export const run: NamedRun = {
  name: 'secure',
  about: 'A call over wss with one process; a bad and then a good certificate arrive in the middle of it.',
  floor: `PESQ ${PESQ_FLOOR}, 0 frames lost`,
  aim: 'PESQ 4.2, 0 frames lost',
  run: async (context) => {
    if (shapeAsked() !== 'one') {
      throw new Error('"secure" is about the port of one process that serves everything: leave --shape out');
    }
    const folder = mkdtempSync(join(tmpdir(), 'partyline-secure-'));
    try {
      return await inFolder(context, folder);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};
