/** Programs of the machine as clients: found, run with a bound on time, and nghttp's report read as frames. */
import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { PATIENCE } from '../patience.ts';

/** Where a program is; `undefined`: not installed. */
export function find(program: string): string | undefined {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const path = join(folder, program);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // The next folder, then.
    }
  }
  return undefined;
}

export interface Ran {
  /** `null`: ended by a signal. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly input?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Milliseconds; then it is ended. */
  readonly limit?: number;
}

export function run(program: string, args: readonly string[], running: Running = {}): Promise<Ran> {
  const { input = '', env = process.env, cwd, limit = PATIENCE } = running;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env, ...(cwd === undefined ? {} : { cwd }), timeout: limit });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}

/** One frame as `nghttp -v` tells of it. */
export interface Frame {
  readonly way: 'send' | 'recv';
  readonly type: string;
  readonly length: number;
  readonly flags: number;
  readonly stream: number;
  /** The indented lines below it: settings, header fields that were sent, debug data. */
  readonly details: readonly string[];
}

export interface Report {
  readonly frames: readonly Frame[];
  /** Header fields that were received, per stream. */
  readonly headers: ReadonlyMap<number, readonly (readonly [string, string])[]>;
}

export const END_STREAM = 0x1;
export const ACK = 0x1;

export function readReport(stdout: string): Report {
  const frames: (Frame & { readonly details: string[] })[] = [];
  const headers = new Map<number, (readonly [string, string])[]>();
  let open: string[] | undefined;
  // A body is printed as it comes, without a line of its own.
  for (const line of stdout.split(/\n|(?=\[ *\d+\.\d+\] (?:send|recv) )/)) {
    const frame = /^\[ *[\d.]+\] (send|recv) (\S+) frame <length=(\d+), flags=0x([0-9a-f]+), stream_id=(\d+)>/.exec(
      line,
    );
    const field = /^\[ *[\d.]+\] recv \(stream_id=(\d+)\) (:?[^:]+): (.*)$/.exec(line);
    if (frame !== null) {
      const [, way, type, length, flags, stream] = frame as unknown as [
        string,
        Frame['way'],
        string,
        string,
        string,
        string,
      ];
      open = [];
      frames.push({ way, type, length: +length, flags: Number.parseInt(flags, 16), stream: +stream, details: open });
    } else if (field !== null) {
      const [, stream, name, value] = field as unknown as [string, string, string, string];
      const list = headers.get(+stream) ?? [];
      list.push([name, value]);
      headers.set(+stream, list);
    } else if (line.startsWith('  ')) open?.push(line.trim());
    else open = undefined;
  }
  return { frames, headers };
}
