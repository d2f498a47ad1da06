/** The key under which WebDriver hands out elements (https://www.w3.org/TR/webdriver2/#elements). */
const ELEMENT_KEY = 'element-6066-11e4-a52e-4f735466cecf';

export interface DriverElement {
  [ELEMENT_KEY]: string;
}

/** One session with a W3C WebDriver, spoken to as the standard says; no more of it than the tests need. */
export class WebDriver {
  readonly #url: string;
  /** What the browser said of itself. */
  readonly capabilities: Readonly<Record<string, unknown>>;

  private constructor(url: string, capabilities: Record<string, unknown>) {
    this.#url = url;
    this.capabilities = capabilities;
  }

  /** @throws Error with the driver's own words */
  static async open(driverUrl: string, capabilities: Record<string, unknown>): Promise<WebDriver> {
    const session = await command<{ sessionId: string; capabilities: Record<string, unknown> }>(
      'POST',
      `${driverUrl}/session`,
      { capabilities: { alwaysMatch: capabilities } },
    );
    return new WebDriver(`${driverUrl}/session/${session.sessionId}`, session.capabilities);
  }

  async goto(url: string): Promise<void> {
    await this.#post('/url', { url });
  }

  async resize(width: number, height: number): Promise<void> {
    await this.#post('/window/rect', { width, height });
  }

  /** @param body of a function, which may wait */
  async evaluate<Result>(body: string): Promise<Result> {
    // A rejection would reach the driver as a timeout only, so it is told as a value.
    const script = `const tell = arguments[0]; (async () => { ${body} })()
      .then((value) => tell({ value }), (error) => tell({ error: String(error) }));`;
    const told = await this.#post<{ value?: Result; error?: string }>('/execute/async', { script, args: [] });
    if (told.error !== undefined) throw new Error(told.error);
    return told.value as Result;
  }

  /** @param body of a function that returns an element */
  element(body: string): Promise<DriverElement | null> {
    return this.#post('/execute/sync', { script: body, args: [] });
  }

  async click(element: DriverElement): Promise<void> {
    await this.#post(`/element/${element[ELEMENT_KEY]}/click`, {});
  }

  /** Types a text into a field, in place of what it holds. */
  async fill(element: DriverElement, text: string): Promise<void> {
    await this.#post(`/element/${element[ELEMENT_KEY]}/clear`, {});
    await this.#post(`/element/${element[ELEMENT_KEY]}/value`, { text });
  }

  /** Presses or lets go of a key; it stays down in between. */
  async key(type: 'keyDown' | 'keyUp', value: string): Promise<void> {
    await this.#post('/actions', { actions: [{ type: 'key', id: 'keyboard', actions: [{ type, value }] }] });
  }

  /** What is visible, as PNG. */
  async screenshot(): Promise<Buffer> {
    return Buffer.from(await command<string>('GET', `${this.#url}/screenshot`), 'base64');
  }

  async close(): Promise<void> {
    await command('DELETE', this.#url);
  }

  #post<Value>(path: string, body: unknown): Promise<Value> {
    return command('POST', `${this.#url}${path}`, body);
  }
}

const command = async <Value>(method: string, url: string, body?: unknown): Promise<Value> => {
  const reply = await fetch(url, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  const { value } = (await reply.json()) as { value: Value & { error?: string; message?: string } };
  if (!reply.ok) throw new Error(`WebDriver: ${value.error}: ${value.message}`);
  return value;
};
