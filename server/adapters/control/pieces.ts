import type { Work } from '../../core/work.ts';

/** Bodies that are made piece by piece, as none of them may take long in one go. */

/** Collects text into bytes of a handy size. */
export interface Pieces {
  readonly add: (text: string) => void;
  /** Everything so far. */
  readonly all: () => readonly Uint8Array[];
}

const PIECE = 64 * 1024;
/** Lists up to here are written with what stands around them. */
const LONG = 32;
/** How deep lists are looked for: `log.entries` of an HTTP Archive is the deepest. */
const DEPTH = 2;

export function createPieces(): Pieces {
  const pieces: Uint8Array[] = [];
  let waiting = '';
  const flush = (): void => {
    if (waiting !== '') pieces.push(Buffer.from(waiting));
    waiting = '';
  };
  return {
    add(text) {
      waiting += text;
      if (waiting.length >= PIECE) flush();
    },
    all() {
      flush();
      return pieces;
    },
  };
}

/** The same text as that of `JSON.stringify`, long lists item by item. */
export function* jsonPieces(value: unknown): Work<readonly Uint8Array[]> {
  const pieces = createPieces();
  yield* write(value, pieces.add, DEPTH);
  return pieces.all();
}

/** Whether there is anything in it that is worth being written in pieces. */
export const isLong = (value: unknown, depth = DEPTH): boolean =>
  Array.isArray(value)
    ? value.length > LONG
    : isPlain(value) && depth > 0 && Object.values(value).some((inner) => isLong(inner, depth - 1));

function* write(value: unknown, add: Pieces['add'], depth: number): Work<void> {
  if (!isLong(value, depth)) return add(JSON.stringify(value));
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      add(i === 0 ? '[' : ',');
      add(JSON.stringify(value[i]) ?? 'null');
      yield;
    }
    return add(']');
  }
  let before = '{';
  for (const [name, inner] of Object.entries(value as object)) {
    if (inner === undefined) continue;
    add(`${before}${JSON.stringify(name)}:`);
    before = ',';
    yield* write(inner, add, depth - 1);
  }
  add('}');
}

const isPlain = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !('toJSON' in value) && !Array.isArray(value);
