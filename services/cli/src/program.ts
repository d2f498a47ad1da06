import { DEFAULT_WEIGHTS } from '@partyline/placement';
import { MIX_FORMATS, TRACK_FORMATS } from '@partyline/recording';
import { Command, Option } from 'commander';
import { BROWSER_BUFFER_MS } from './budget/delay.ts';
import { codecName, SPEEX_MODES } from './codec-choice.ts';
import { budget } from './commands/budget.ts';
import { echo } from './commands/echo.ts';
import { listen } from './commands/listen.ts';
import { mute, remove } from './commands/moderate.ts';
import { record } from './commands/record.ts';
import { rooms } from './commands/rooms.ts';
import { simulate } from './commands/simulate.ts';
import { talk } from './commands/talk.ts';
import { token } from './commands/token.ts';
import { transcode } from './commands/transcode.ts';
import type { CommandContext } from './context.ts';
import {
  amount,
  bitrate,
  bufferTime,
  choices,
  coalescingTime,
  decimal,
  duration,
  frameLength,
  GRANTS,
  grants,
  identityName,
  lastN,
  networkTime,
  percent,
  removalReason,
  removalTime,
  roomName,
  seconds,
  serviceAddress,
  speexQuality,
} from './option-values.ts';
import { DEFAULT_BUFFER_MS } from './recording.ts';

const AFTER_HELP = `
Environment:
  PARTYLINE_URL         as --url
  PARTYLINE_TOKEN       as --token
  PARTYLINE_API_SECRET  as --secret of "token"
  PARTYLINE_S3_…        store for "record --out s3://…": ENDPOINT, REGION, ACCESS_KEY_ID, SECRET_ACCESS_KEY

Exit codes: 0 done, 1 failed, 2 wrong command line, 3 service not reachable, 4 service said no.
Results go to standard output, everything else to standard error.

Example:
  partyline listen --room lobby --seconds 10 --out heard.wav &
  partyline talk --room lobby --file speech.wav`;

const serviceOptions = (command: Command, { env }: CommandContext): Command =>
  command
    .addOption(
      new Option('--url <url>', 'where the service answers')
        .argParser(serviceAddress)
        .default(env.PARTYLINE_URL ?? 'http://127.0.0.1:8080'),
    )
    .addOption(
      // As a default it would be printed by --help.
      new Option('--token <token>', 'access token; not needed where guests may join'),
    )
    .option('--insecure', 'accept a self-signed certificate')
    .option('--json', 'print the result as one line of JSON');

const roomOptions = (command: Command, context: CommandContext, name: string): Command =>
  serviceOptions(
    command
      .requiredOption('--room <room>', 'room to join', roomName)
      .option('--name <name>', 'name to be known by', name),
    context,
  );

const codecOption = (): Option =>
  new Option('--codec <codec>', 'opus, pcma, pcmu, l16, g722, g729 or speex; or with its rate: pcma/16000')
    .argParser(codecName)
    .default('opus/48000', 'opus');

const modeOption = (): Option =>
  new Option('--mode <mode>', 'of Speex: narrow, wide or ultra-wide band; wb unless given').choices([
    ...SPEEX_MODES,
  ]);

const bufferOption = (): Option =>
  new Option('--buffer <ms>', 'how long voice waits at least, to come out evenly')
    .argParser(bufferTime)
    .default(DEFAULT_BUFFER_MS);

const personCommand = (program: Command, name: string) =>
  program
    .command(name)
    .argument('<room>', 'the room', roomName)
    .argument('<identity>', 'who, as their access token names them', identityName);

/** The whole command line; errors come as CommanderError. */
export const createProgram = (context: CommandContext): Command => {
  const { output, env } = context;
  const program = new Command('partyline')
    .description('Group voice over WebSockets, from the command line.')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => output.result(text.replace(/\n$/, '')),
      // Errors are printed once, by whoever catches them.
      writeErr: () => {},
    })
    .addHelpText('after', AFTER_HELP);
  const withToken = <Options extends { token?: string }>(options: Options): Options =>
    options.token === undefined && env.PARTYLINE_TOKEN !== undefined && env.PARTYLINE_TOKEN !== ''
      ? { ...options, token: env.PARTYLINE_TOKEN }
      : options;

  roomOptions(program.command('talk'), context, 'talker')
    .description('Speak a WAV file into a room.')
    .requiredOption('--file <wav>', 'speech: WAV of any usual rate, mono or stereo')
    .option('--loop', 'begin again at the end')
    .option('--seconds <n>', 'stop after this long', seconds)
    .option('--bitrate <bit/s>', 'of Opus', bitrate, 40_000)
    .addOption(codecOption())
    .addOption(modeOption())
    .action((options) => talk(withToken(options), context));

  roomOptions(program.command('listen'), context, 'listener')
    .description('Hear a room, mixed, and say what came.')
    .option('--seconds <n>', 'how long; until Ctrl-C unless given', seconds)
    .option('--out <wav>', 'file to write: 16-bit PCM, 48 kHz, mono, silence kept')
    .addOption(bufferOption())
    .action((options) => listen(withToken(options), context));

  roomOptions(program.command('record'), context, 'recorder')
    .description('Record a room: a track for each speaker, and a mix. Everybody there is told.')
    .option(
      '--out <folder>',
      'where the files go: a folder, or s3://bucket/name; recording-ROOM-TIME unless given',
    )
    .addOption(
      new Option('--tracks <format>', 'a file for each speaker, packets as they are')
        .choices([...TRACK_FORMATS, 'none'])
        .default('ogg'),
    )
    .addOption(
      new Option('--mix <list>', `everybody in one: ${MIX_FORMATS.join(', ')}, or none`)
        .argParser(choices(MIX_FORMATS, 'format of a mix'))
        .default(['wav'], 'wav'),
    )
    .option('--seconds <n>', 'how long; until Ctrl-C unless given', seconds)
    .action((options) => record(withToken(options), context));

  serviceOptions(program.command('echo'), context)
    .description('Line test: send a file through the service and record what comes back.')
    .requiredOption('--file <wav>', 'speech: WAV of any usual rate, mono or stereo')
    .requiredOption('--out <wav>', 'file to write')
    .option('--room <room>', 'room to test in; one of its own unless given', roomName)
    .option('--name <name>', 'name to be known by', 'line test')
    .addOption(bufferOption())
    .option('--bitrate <bit/s>', 'of Opus', bitrate, 40_000)
    .addOption(codecOption())
    .addOption(modeOption())
    .action((options) => echo(withToken(options), context));

  roomOptions(program.command('join'), context, 'test voice')
    .description('A bot that talks with a test voice until Ctrl-C.')
    .option('--file <wav>', 'speak this file over and over instead')
    .option('--seconds <n>', 'leave after this long', seconds)
    .option('--bitrate <bit/s>', 'of Opus', bitrate, 40_000)
    .addOption(codecOption())
    .addOption(modeOption())
    .action((options) => talk({ ...withToken(options), loop: true }, context));

  program
    .command('transcode')
    .argument('<in>', 'speech: WAV of any usual rate, mono or stereo')
    .argument('<out>', "WAV to write, at the codec's rate, as long as the other")
    .description('Send a file through a codec, to hear what becomes of it and to measure it.')
    .addOption(codecOption())
    .addOption(modeOption())
    .addOption(new Option('--frame <ms>', 'length of a packet').argParser(frameLength).default(20))
    .option('--bitrate <bit/s>', 'of Opus', bitrate)
    .option('--no-fec', 'Opus: without a coarse copy of the frame before')
    .option('--quality <n>', 'of Speex, 0 to 10; 8 unless given', speexQuality)
    .option('--vbr', 'Speex: a bit rate that follows what is said')
    .option('--dtx', 'Opus, Speex, G.729: next to nothing in silence')
    .addOption(new Option('--loss <percent>', 'of the packets that get lost').argParser(percent).default(0))
    .option('--seed <n>', 'another one loses others', amount, 1)
    .option('--no-conceal', 'silence for what was lost')
    .option('--json', 'print the result as one line of JSON')
    .action((from, to, options) => transcode(from, to, options, context));

  program
    .command('budget')
    .description(
      'What a call takes: data rates with every header, packets, processors, and the delay against ITU-T G.114.',
    )
    .addOption(codecOption())
    .addOption(modeOption())
    .addOption(new Option('--frame <ms>', 'length of a frame').argParser(frameLength).default(20))
    .option('--bitrate <bit/s>', 'of Opus; 40000 unless given', bitrate)
    .option('--quality <n>', 'of Speex, 0 to 10; 8 unless given', speexQuality)
    .requiredOption('--participants <n>', 'in the room, on one edge', amount)
    .option('--talkers <n>', 'who talk at once; as many as are forwarded unless given', amount)
    .option('--last-n <n>', 'loudest that are forwarded, as PARTYLINE_EDGE_LAST_N', lastN, 3)
    .option('--tls', 'by wss')
    .option('--coalesce-ms <ms>', 'that frames wait for each other at a loaded edge', coalescingTime, 0)
    .option('--network <ms>', 'one way, from a client to the edge', networkTime, 20)
    .addOption(
      new Option('--buffer <ms>', 'least wait of the play-out; a browser has 60, Node 20')
        .argParser(bufferTime)
        .default(BROWSER_BUFFER_MS),
    )
    .option('--json', 'print the result as one line of JSON')
    .action((options) => budget(options, context));

  program
    .command('token')
    .description("Print an access token, as an application's backend mints it.")
    .option('--room <room>', 'the one room that it opens', roomName)
    .option('--identity <identity>', 'who it is for')
    .option('--name <name>', 'display name')
    .requiredOption('--key-id <id>', 'id of the API key')
    .option('--secret <secret>', 'its secret; better in PARTYLINE_API_SECRET')
    .option('--grants <list>', `of ${GRANTS.join(', ')}; publish,subscribe,direct unless given`, grants)
    .addOption(
      new Option('--ttl <duration>', 'how long it is valid, such as 10m')
        .argParser(duration)
        .default(600, '10m'),
    )
    .option('--admin', 'for the whole admin API')
    .action((options) => token(options, context));

  serviceOptions(program.command('rooms'), context)
    .description('List the rooms there are.')
    .action((options) => rooms(withToken(options), context));

  for (const muted of [true, false]) {
    serviceOptions(personCommand(program, muted ? 'mute' : 'unmute'), context)
      .description(
        muted
          ? 'Mute somebody for everybody, also when they come back. The token needs the moderate grant, or --admin.'
          : 'Take such a mute back.',
      )
      .action((room, identity, options) => mute(room, identity, muted, withToken(options), context));
  }

  serviceOptions(personCommand(program, 'remove'), context)
    .description(
      'Disconnect somebody and keep them out for a while. The token needs the moderate grant, or --admin.',
    )
    .addOption(
      new Option(
        '--for <duration>',
        'how long, such as 10m; 0 only disconnects; as long as a ticket lives unless given',
      ).argParser(removalTime),
    )
    .option('--reason <text>', 'shown to them', removalReason)
    .action((room, identity, options) => remove(room, identity, withToken(options), context));

  program
    .command('simulate')
    .description(
      "Place joins on a simulated fleet with the directory's own placement: locality, balance, moves.",
    )
    .option('--joins <n>', 'how many', amount, 1_000_000)
    .option('--edges <n>', 'in all regions together', amount, 200)
    .option('--regions <n>', 'the edges are spread over', amount, 5)
    .option('--max-connections <n>', 'that an edge takes', amount, 2_000)
    .option('--edges-per-room <n>', 'of one region, at most', amount, DEFAULT_WEIGHTS.maxEdgesPerRoom)
    .option('--pack-until <share>', 'filled so far by rooms they have', decimal, DEFAULT_WEIGHTS.packUntil)
    .option('--bound-factor <n>', 'times the mean, beyond that', decimal, DEFAULT_WEIGHTS.boundFactor)
    .option('--load-limit <share>', 'from which on nobody is sent there', decimal, DEFAULT_WEIGHTS.loadLimit)
    .option('--failures <n>', 'edges that die during the run', amount, 40)
    .option('--seed <n>', 'another one gives another run', amount, 1)
    .option('--no-rollout', 'do not drain and restart every edge once')
    .option('--compare', 'beside random placement within the region')
    .option('--json', 'print the result as one line of JSON')
    .action((options) => simulate(options, context));

  return program;
};
