/** Lets callers wait for a condition that is looked at whenever something changed. */
export class Readiness {
  #waiting: (() => boolean)[] = [];

  /** @param ready whether it is so now; what it throws rejects the promise */
  wait(ready: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const settled = (): boolean => {
        try {
          if (!ready()) return false;
          resolve();
        } catch (error) {
          reject(error);
        }
        return true;
      };
      if (!settled()) this.#waiting.push(settled);
    });
  }

  /** Something changed. */
  check(): void {
    this.#waiting = this.#waiting.filter((settled) => !settled());
  }
}
