/** What the fuzzed tests share: bytes that nobody would send, and the table of answers that APNs has. */
import * as fc from 'fast-check';
import { REASONS } from '../../server/protocol/reasons.ts';

/**
 * A fresh seed for every run; `FUZZ_SEED=…` plays one again. A failure prints it, with the smallest case that fails.
 * `FUZZ_SCALE=20` plays twenty times as many. They are counted, not timed: a busy machine tries as much as a quiet one.
 */
const SEED = process.env['FUZZ_SEED'];
const SCALE = Number(process.env['FUZZ_SCALE'] ?? 1);

export function runs(count: number): fc.Parameters<unknown> {
  return { numRuns: count * SCALE, ...(SEED === undefined ? {} : { seed: Number(SEED) }) };
}

const STATUS_OF = new Map<string, number>(REASONS.map(({ name, status }) => [name, status]));

/** Whether an answer is one that APNs could give. */
export function isFromTable(status: number, body: string): boolean {
  if (status === 200 || status === 201 || status === 204) return true;
  try {
    const { reason } = JSON.parse(body) as { reason: string };
    return STATUS_OF.get(reason) === status;
  } catch {
    return false;
  }
}

/** Text of any bytes, one char code each. */
export const anyText = (maxLength: number): fc.Arbitrary<string> =>
  fc.uint8Array({ maxLength }).map((bytes) => Buffer.from(bytes).toString('latin1'));

/** Mostly what means something, and now and then anything at all. */
export const mostly = <T>(usual: readonly T[], other: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...usual) }, { weight: 1, arbitrary: other });

export const anyBody: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc.constantFrom<Uint8Array>(
    Buffer.from('{"aps":{"alert":"Goal!"}}'),
    Buffer.from('{"message-storage-policy":1,"push-type":"LiveActivity"}'),
    Buffer.from('{"aps":{"timestamp":1,"event":"update","content-state":{}}}'),
    new Uint8Array(0),
  ),
  fc.json({ maxDepth: 4 }).map((text) => Buffer.from(text)),
  fc
    .record({ aps: fc.dictionary(fc.constantFrom('alert', 'badge', 'sound', '__proto__', 'event'), fc.jsonValue()) })
    .map((value) => Buffer.from(JSON.stringify(value))),
  fc.uint8Array({ maxLength: 200 }),
  // Around the limits, and arrays within arrays.
  fc.constantFrom(4095, 4096, 4097, 5120, 5121, 20_000).map((size) => Buffer.alloc(size, '[')),
);
