import type { DecoderOptionsByCodec, EncoderOptionsByCodec, SpeexMode } from '@partyline/codecs';

/** Of the codecs that are WebAssembly here. */
export type WasmCodecName = 'speex' | 'g722' | 'g729';

/** A codec with options that are to be compared with a library. */
export interface Variant {
  readonly codec: WasmCodecName;
  /** For people. */
  readonly label: string;
  /** Hz. */
  readonly sampleRate: number;
  readonly encoder: EncoderOptionsByCodec[WasmCodecName];
  readonly decoder: DecoderOptionsByCodec[WasmCodecName];
  /** What the library is told. */
  readonly library: Readonly<Record<string, unknown>>;
}

const SPEEX_RATES: Record<SpeexMode, number> = { nb: 8000, wb: 16000, uwb: 32000 };
const QUALITIES = Array.from({ length: 11 }, (_, quality) => quality);

const speex = (
  mode: SpeexMode,
  options: { quality: number; vbr?: boolean; dtx?: boolean; complexity?: number; frameMs?: 20 | 40 | 60 },
): Variant => {
  const { quality, vbr = false, dtx = false, complexity = 3, frameMs = 20 } = options;
  const switches = `${vbr ? ' VBR' : ''}${dtx ? ' DTX' : ''}`;
  return {
    codec: 'speex',
    label: `Speex ${mode} quality ${quality}${switches}, complexity ${complexity}, ${frameMs} ms`,
    sampleRate: SPEEX_RATES[mode],
    encoder: { mode, quality, vbr, dtx, complexity, frameMs },
    decoder: { mode },
    // With DTX the codec needs to know what silence is; variable rate knows it anyway.
    library: {
      library: 'speex',
      mode,
      quality,
      complexity,
      vbr,
      vad: dtx,
      dtx,
      framesPerPacket: frameMs / 20,
    },
  };
};

const g729 = (dtx: boolean, frameMs: 10 | 20 | 60): Variant => ({
  codec: 'g729',
  label: `G.729${dtx ? ' DTX' : ''}, ${frameMs} ms`,
  sampleRate: 8000,
  encoder: { dtx, frameMs },
  decoder: { frameMs },
  library: { library: 'bcg729', dtx, framesPerPacket: frameMs / 10 },
});

/** Three bands by eleven qualities, then what else there is to switch. */
const speexVariants = (['nb', 'wb', 'uwb'] as const).flatMap((mode) => [
  ...QUALITIES.map((quality) => speex(mode, { quality })),
  ...[2, 5, 8, 10].map((quality) => speex(mode, { quality, vbr: true })),
  ...[3, 8].flatMap((quality) => [
    speex(mode, { quality, dtx: true }),
    speex(mode, { quality, vbr: true, dtx: true }),
    speex(mode, { quality, complexity: 1 }),
    speex(mode, { quality, complexity: 10 }),
  ]),
  speex(mode, { quality: 6, frameMs: 40 }),
  speex(mode, { quality: 6, frameMs: 60 }),
]);

/** With silence left out, packets of several frames are put together by ourselves, so only single frames are compared. */
const g729Variants = [g729(false, 10), g729(false, 20), g729(false, 60), g729(true, 10)];

/** What the libraries of Debian are compared with. */
export const libraryVariants: readonly Variant[] = [...speexVariants, ...g729Variants];
