/** Adds to the table what is worth knowing of a case that went as it has to. */
export type Note = (text: string) => void;

/** One kind of bad input to a cluster's processes, and what came of it. */
export interface ClusterCase {
  name: string;
  /** What has to happen, for the table. */
  expected: string;
  /** Does it and returns what happened instead, a sentence; undefined if all was as it has to be. */
  attempt(note: Note): Promise<string | undefined>;
}

export interface CaseResult {
  case: ClusterCase;
  trouble: string | undefined;
  notes: readonly string[];
  seconds: number;
}

/** Runs cases, so many at once; results in the order of the cases. One that throws counts as not as expected. */
export const attemptCases = async (cases: readonly ClusterCase[], atOnce: number): Promise<CaseResult[]> => {
  const results: CaseResult[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < cases.length) {
      const index = next++;
      const one = cases[index]!;
      const beganAtMs = performance.now();
      const notes: string[] = [];
      const trouble = await one
        .attempt((text) => void notes.push(text))
        .catch(
          (error: unknown) => `it could not be tried: ${error instanceof Error ? error.message : error}`,
        );
      results[index] = { case: one, trouble, notes, seconds: (performance.now() - beganAtMs) / 1_000 };
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return results;
};
