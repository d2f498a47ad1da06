/** What a `/metrics` says. */
export interface Page {
  /** Lines with a value. */
  series: number;
  /** @param name of the metric and its labels, as they stand on the page @throws Error when it is not there */
  value(name: string): number;
}

/** Scrapes once. */
export const readPage = async (url: string): Promise<Page> => {
  const response = await fetch(url);
  const text = await response.text();
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${text}`);
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return {
    series: lines.length,
    value: (name) => {
      const line = lines.find((one) => one.startsWith(`${name} `));
      if (line === undefined) throw new Error(`${url} has no ${name}`);
      return Number(line.slice(name.length + 1));
    },
  };
};
