/** A codec's WebAssembly module, as this version of the code needs it. */
export interface CodecModuleFile {
  readonly codec: string;
  /** Name of the file; a file of one name never changes. */
  readonly file: string;
  /** Of its bytes, hexadecimal. */
  readonly sha256: string;
}

/**
 * Gives the bytes of a module, or nothing where it has none.
 * Whatever it throws becomes the cause of a `CodecError` `engine_unavailable`.
 */
export type CodecModuleSource = (module: CodecModuleFile) => Promise<ArrayBuffer | Uint8Array | undefined>;
