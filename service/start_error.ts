// An error that prevents the start of a process and that the operator can fix. Never used for bugs.

/** `message` is one sentence with the cause and what to do; the main program prints it without a stack. */
export class StartError extends Error {
  override name = 'StartError';
}
