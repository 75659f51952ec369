/** What the scenarios need of a browser. */
export interface Browser {
  version(): Promise<string>;
  /** A new tab, in view, that shares its storage with the others. */
  open(): Promise<Tab>;
  close(): Promise<void>;
}

export interface Tab {
  /** Resolves when the page has loaded. */
  goto(url: string): Promise<void>;
  /** Clicks, with the mouse, the middle of the first element that a CSS selector finds. */
  click(selector: string): Promise<void>;
  /**
   * Calls a function in the page, with arguments and a result of JSON, and awaits it. Calls in several tabs run at the
   * same time.
   */
  evaluate(work: (...args: any[]) => unknown, ...args: unknown[]): Promise<any>;
}
