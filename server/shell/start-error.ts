/**
 * Why the server cannot start, in one sentence for the person at the terminal: what is wrong, where, what to do.
 * The command line prints the message alone and ends with exit code 2; `cause` is for whoever debugs further.
 */
export class StartError extends Error {
  override readonly name = 'StartError';
}
