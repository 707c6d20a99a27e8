import { get } from 'node:http';
import { type Env, parseTable } from '../options/table.ts';
import { WHERE as FLAGS, KNOWN } from './control.ts';

export { FLAGS };

/** How long a probe waits: a server on the same machine answers in milliseconds. */
const PATIENCE_MS = 2000;

/** `mock-apns health`: asks the control port once. Resolves to the exit code, 0 when ready. */
export async function health(argv: readonly string[], env: Env): Promise<number> {
  const { host, controlPort } = parseTable(FLAGS, { argv, env }, KNOWN);
  const local = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return new Promise((resolve) => {
    const say = (text: string, code: number): void => {
      (code === 0 ? process.stdout : process.stderr).write(`${text}\n`);
      resolve(code);
    };
    const request = get({ host: local, port: controlPort, path: '/readyz', timeout: PATIENCE_MS }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => {
        body += text;
      });
      response.on('end', () => (response.statusCode === 200 ? say('ready', 0) : say(`not ready: ${body}`, 1)));
    });
    request.on('timeout', () => request.destroy(new Error(`no answer within ${PATIENCE_MS} ms`)));
    request.on('error', (error) =>
      say(
        `no mock-apns answers on the control port, ${local}:${controlPort} (${error.message}); is it running, or elsewhere (--control-port)?`,
        1,
      ),
    );
  });
}
