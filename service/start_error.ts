// The reason why a process does not start, said to the operator. Never used for a fault of the program itself.

/** `message` is one sentence that names the cause and what to do; a main prints it alone, without a stack. */
export class StartError extends Error {
  override name = 'StartError';
}
