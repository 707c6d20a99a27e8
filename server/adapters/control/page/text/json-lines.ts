/** A JSON value as lines of coloured words, each line with the path it is about. */

export interface Word {
  readonly is: 'key' | 'string' | 'number' | 'literal' | 'mark';
  readonly text: string;
}

export interface Line {
  readonly depth: number;
  readonly words: readonly Word[];
  /** Keys from the root; of a closing bracket, `null`. */
  readonly path: readonly string[] | null;
}

const MOST_LINES = 4000;

export function jsonLines(value: unknown): readonly Line[] {
  const lines: Line[] = [];
  write(lines, value, [], 0, null, '');
  return lines;
}

function write(
  lines: Line[],
  value: unknown,
  path: readonly string[],
  depth: number,
  key: string | null,
  comma: string,
): void {
  if (lines.length >= MOST_LINES) return;
  const label: Word[] =
    key === null
      ? []
      : [
          { is: 'key', text: JSON.stringify(key) },
          { is: 'mark', text: ': ' },
        ];
  if (typeof value !== 'object' || value === null) {
    const words: Word[] = [...label, scalar(value)];
    if (comma !== '') words.push({ is: 'mark', text: comma });
    lines.push({ depth, words, path });
    return;
  }
  const list = Array.isArray(value);
  const [open, close] = list ? ['[', ']'] : ['{', '}'];
  const inner = Object.entries(value);
  if (inner.length === 0) {
    lines.push({ depth, words: [...label, { is: 'mark', text: `${open}${close}${comma}` }], path });
    return;
  }
  lines.push({ depth, words: [...label, { is: 'mark', text: open }], path });
  inner.forEach(([name, each], index) => {
    write(lines, each, [...path, name], depth + 1, list ? null : name, index < inner.length - 1 ? ',' : '');
  });
  lines.push({ depth, words: [{ is: 'mark', text: `${close}${comma}` }], path: null });
}

function scalar(value: unknown): Word {
  if (typeof value === 'string') return { is: 'string', text: JSON.stringify(value) };
  return { is: typeof value === 'number' ? 'number' : 'literal', text: String(value) };
}
