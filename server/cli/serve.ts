import { type Mock, startMock } from '../mock.ts';
import type { Options } from '../options.ts';
import { createClock } from '../shell/clock.ts';
import { writeWhole } from '../shell/files.ts';
import { createLog } from '../shell/log.ts';

/** `mock-apns [serve]`: starts, says so in one line, and runs until a signal comes. */
export async function serve(options: Options): Promise<void> {
  const clock = createClock();
  const log = createLog(options.log, process.stderr, clock);
  const mock = await startMock(options, log, clock);
  const ms = Math.round(clock.uptime());
  const ready = readyOf(mock, ms);
  if (options.readyFile !== null) writeWhole(options.readyFile, `${JSON.stringify(ready)}\n`, 'the ready file');
  const { ms: _, ...said } = ready;
  const words = Object.entries(said).map(([name, value]) => `${name}=${value}`);
  process.stdout.write(`mock-apns ready ${words.join(' ')} (${ms} ms)\n`);

  const stop = (): void => {
    // Whoever asks twice does not want to wait for open streams.
    for (const signal of SIGNALS) process.removeListener(signal, stop).once(signal, () => process.exit(0));
    void mock.stop().then(() => process.exit(0));
  };
  for (const signal of SIGNALS) process.on(signal, stop);
}

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/** The words of the ready line, in their order. */
function readyOf({ urls, certificates, seed }: Mock, ms: number): Record<string, string | number> {
  return {
    send: urls.send,
    manage: urls.manage,
    'manage-production': urls.manageProduction,
    control: urls.control,
    ...(urls.h2c === null ? {} : { h2c: urls.h2c }),
    ca: certificates.paths?.ca ?? `${urls.control}/ca.pem`,
    seed,
    ms,
  };
}
