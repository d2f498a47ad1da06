import { StreamTarget, type StreamTargetChunk } from 'mediabunny';
import type { StoredFile } from './store.ts';

/** Lets a container be written to a stored file; containers here only ever append. */
export const containerTarget = (file: StoredFile): StreamTarget =>
  new StreamTarget(
    new WritableStream<StreamTargetChunk>({
      write: ({ data, position }) => {
        if (position !== file.bytes) throw new Error(`${file.name} was to be written out of order`);
        file.append(data.slice());
      },
    }),
  );
