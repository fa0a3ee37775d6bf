// A wait that can be ended early. One at a time.

export class Pause {
  #end = () => {};

  /** Resolves after `ms` milliseconds, or at end(). */
  wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#end(), ms);
      this.#end = () => {
        clearTimeout(timer);
        this.#end = () => {};
        resolve();
      };
    });
  }

  /** Ends the wait, if there is one. */
  end(): void {
    this.#end();
  }
}
