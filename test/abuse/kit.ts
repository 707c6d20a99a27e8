/** A well-behaved client who must not notice what goes on beside it, and a scale for what the server keeps. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import * as assert from 'uvu/assert';
import { working } from '../patience.ts';
import { BODY, device, type House, push, type Way } from '../wire/house.ts';
import type { Raw } from '../wire/raw.ts';

/**
 * How much work may be done beside an attack until an answer is there, ms. Attackers, server and bystander share one
 * process here, so the bound is far above what is measured (a few milliseconds) and far below a hang.
 */
export const WORST_MS = 2_000;
export const MEDIAN_MS = 250;

/** One push after another, each waiting for its answer, until told to stop; what it went through is then judged. */
export async function bystander(house: House, way: Way = 'cleartext'): Promise<() => Promise<void>> {
  const raw = await house.call(way);
  const took: number[] = [];
  let over = false;
  const pushing = (async () => {
    do {
      const worked = working();
      const stream = raw.ask(push(`/3/device/${device(7)}`), BODY);
      const answer = await raw.until((each) => each.type === 'HEADERS' && each.stream === stream);
      assert.equal(answer.headers?.[0], [':status', '200']);
      took.push(worked());
      raw.frames.length = 0;
      await new Promise((resolve) => setTimeout(resolve, 2));
    } while (!over);
  })();
  pushing.catch(() => undefined);
  return async () => {
    over = true;
    await pushing;
    await raw.close();
    took.sort((a, b) => a - b);
    const [median, worst] = [took[took.length >> 1] as number, took.at(-1) as number];
    assert.ok(worst < WORST_MS, `an answer beside it took ${worst} ms`);
    assert.ok(median < MEDIAN_MS, `half of the answers beside it took ${median} ms or more`);
  };
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Bytes that are really held: on the heap, and in buffers outside of it. */
export async function held(): Promise<number> {
  for (let n = 0; n < 3; n++) {
    collect();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

export const MB = 1_048_576;

/** Writes pieces, as fast as the server reads, until it has ended the connection or there are no more. */
export async function pour(raw: Raw, pieces: Iterable<Buffer>): Promise<void> {
  const { socket } = raw;
  let batch: Buffer[] = [];
  let size = 0;
  const flush = async (): Promise<void> => {
    const full = !socket.write(Buffer.concat(batch));
    batch = [];
    size = 0;
    if (full && raw.ended === undefined)
      await new Promise<void>((resolve) => {
        const go = (): void => {
          for (const name of ['drain', 'close', 'error', 'end']) socket.off(name, go);
          resolve();
        };
        for (const name of ['drain', 'close', 'error', 'end']) socket.once(name, go);
      });
    else await new Promise((resolve) => setImmediate(resolve));
  };
  for (const piece of pieces) {
    if (raw.ended !== undefined || socket.destroyed) return;
    batch.push(piece);
    size += piece.length;
    if (size > 32_768) await flush();
  }
  if (raw.ended === undefined && !socket.destroyed) await flush();
}
