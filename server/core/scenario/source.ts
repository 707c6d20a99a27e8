import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  type YAMLMap,
} from 'yaml';
import { jsonFault } from './json-fault.ts';
import type { Problem } from './model.ts';

/** Text of a scenario, as data that remembers where each part of it stands. */

/** Bytes are not known here; characters bound them well enough. */
export const TEXT_MAX = 1024 * 1024;
const DEPTH_MAX = 60;
/** Parts after aliases are unfolded. */
const PARTS_MAX = 200_000;
const PROBLEMS_MAX = 100;
const TAGS = /^tag:yaml\.org,2002:(str|int|float|bool|null|map|seq)$/;
/** Words and signs. A library for people's files takes its time over each of them, and seconds over a megabyte of signs. */
const SIGNS_MAX = 200_000;
const LINE_SHOWN = 160;

export interface Source {
  readonly data: unknown;
  readonly problems: readonly Problem[];
  /** A problem at the key or at the value that a path leads to; where the path ends early, at its last part. */
  readonly problemAt: (
    path: readonly (string | number)[],
    at: 'key' | 'value',
    message: string,
    suggestion: string | null,
  ) => Problem;
}

export function readSource(file: string, text: string): Source {
  const lines = new LineCounter();
  const found: Problem[] = [];
  const place = (offset: number, path: string, message: string, suggestion: string | null = null): Problem => {
    const { line, col } = lines.linePos(offset);
    return { file, line, column: col, path, message, lineText: lineAt(text, line, lines), suggestion };
  };
  const fault = (message: string, offset = 0): Source => ({
    data: undefined,
    problems: [...found, { ...whole(file, message), ...(offset > 0 ? place(offset, '', message) : {}) }],
    problemAt: (_, __, what) => whole(file, what),
  });
  if (text.length > TEXT_MAX)
    return fault(
      `is too large: ${text.length} characters, of which ${TEXT_MAX} are read at most; split it into several files`,
    );
  const deep = tooDeep(text);
  if (deep !== null) {
    lines.addNewLine(0);
    for (let at = text.indexOf('\n'); at >= 0 && at < deep; at = text.indexOf('\n', at + 1)) lines.addNewLine(at + 1);
    return fault(`nests more than ${DEPTH_MAX} deep`, deep);
  }

  if (tooDense(text)) return fault(`has more than ${SIGNS_MAX} words and signs; split it into several files`);

  let root: Node | null;
  try {
    // Doubled keys are looked for below: the library compares each key with all before it.
    const document = parseDocument(text, {
      lineCounter: lines,
      uniqueKeys: false,
      prettyErrors: false,
      schema: 'core',
      merge: false,
      logLevel: 'error',
    });
    for (const { pos, message } of [...document.errors, ...document.warnings].slice(0, PROBLEMS_MAX))
      found.push(place(Math.min(pos[0], text.length), '', sentence(message)));
    root = document.contents as Node | null;
  } catch (error) {
    return fault(`cannot be read: ${error instanceof Error ? sentence(error.message) : String(error)}`);
  }
  if (found.length > 0) {
    // Whoever writes JSON is told in its words, and once: YAML has its own, and another for each way to go on reading.
    const json = /\.json$/i.test(file) ? jsonFault(text) : null;
    return { ...fault(''), problems: json === null ? found : [place(json.offset, '', json.message)] };
  }
  if (root === null) return fault('is empty: a scenario begins with version: 1');

  const anchors = new Map<string, Node>();
  let parts = 0;
  let bomb = false;

  function plain(node: unknown, path: readonly (string | number)[], depth: number): unknown {
    if (bomb) return null;
    const offset = (node as Node | null)?.range?.[0] ?? 0;
    if (++parts > PARTS_MAX || depth > DEPTH_MAX) {
      bomb = true;
      found.push(
        place(
          offset,
          pathText(path),
          depth > DEPTH_MAX
            ? `nests more than ${DEPTH_MAX} deep`
            : `has more than ${PARTS_MAX} parts once its aliases are unfolded`,
        ),
      );
      return null;
    }
    if (isAlias(node)) {
      const target = anchors.get(node.source);
      if (target !== undefined) return plain(target, path, depth + 1);
      found.push(place(offset, pathText(path), `is an alias of *${node.source}, which is not defined before it`));
      return null;
    }
    const { anchor } = (node ?? {}) as { anchor?: string };
    if (anchor !== undefined && !anchors.has(anchor)) anchors.set(anchor, node as Node);
    const { tag } = (node ?? {}) as { tag?: string };
    if (tag !== undefined && !TAGS.test(tag)) {
      found.push(place(offset, pathText(path), `has the tag ${tag}, which means nothing here`));
      return null;
    }
    if (isScalar(node)) return typeof node.value === 'bigint' ? Number(node.value) : node.value;
    if (isSeq(node)) return node.items.map((item, index) => plain(item, [...path, index], depth + 1));
    if (isMap(node)) return mapping(node, path, depth);
    return null;
  }

  function mapping(node: YAMLMap, path: readonly (string | number)[], depth: number): Record<string, unknown> {
    // Without a prototype, so that no name means anything.
    const out: Record<string, unknown> = Object.create(null);
    for (const pair of node.items) {
      const key = keyOf(pair, anchors);
      const offset = (pair.key as Node | null)?.range?.[0] ?? node.range?.[0] ?? 0;
      if (key === undefined) found.push(place(offset, pathText(path), 'has a key that is no text'));
      else if (Object.hasOwn(out, key)) {
        if (found.length < PROBLEMS_MAX)
          found.push(place(offset, pathText([...path, key]), 'is given twice: which of them counts?'));
      } else out[key] = plain(pair.value, [...path, key], depth + 1);
    }
    return out;
  }

  const data = plain(root, [], 0);
  const known = new Map<YAMLMap, ReadonlyMap<string, Pair>>();
  return {
    data,
    problems: found,
    problemAt: (path, at, message, suggestion) =>
      place(offsetOf(root, path, at, anchors, known), pathText(path), message, suggestion),
  };
}

function keyOf(pair: Pair, anchors: ReadonlyMap<string, Node>): string | undefined {
  const key = isAlias(pair.key) ? anchors.get(pair.key.source) : pair.key;
  if (key === null) return undefined;
  if (!isScalar(key)) return undefined;
  return key.value === null || typeof key.value === 'object' ? undefined : String(key.value);
}

/** Pairs by key, the first of each; looked through once, since a large file may have a mistake in each of them. */
function pairsOf(
  node: YAMLMap,
  anchors: ReadonlyMap<string, Node>,
  known: Map<YAMLMap, ReadonlyMap<string, Pair>>,
): ReadonlyMap<string, Pair> {
  const found = known.get(node);
  if (found !== undefined) return found;
  const pairs = new Map<string, Pair>();
  for (const pair of node.items) {
    const key = keyOf(pair, anchors);
    if (key !== undefined && !pairs.has(key)) pairs.set(key, pair);
  }
  known.set(node, pairs);
  return pairs;
}

function offsetOf(
  root: Node,
  path: readonly (string | number)[],
  at: 'key' | 'value',
  anchors: ReadonlyMap<string, Node>,
  known: Map<YAMLMap, ReadonlyMap<string, Pair>>,
): number {
  let offset = root.range?.[0] ?? 0;
  let node: unknown = root;
  for (const [index, part] of path.entries()) {
    if (isAlias(node)) node = anchors.get(node.source);
    const last = index === path.length - 1;
    if (isSeq(node) && typeof part === 'number') node = node.items[part];
    else if (isMap(node)) {
      const pair = pairsOf(node, anchors, known).get(String(part));
      if (pair === undefined) break;
      const key = (pair.key as Node | null)?.range?.[0] ?? offset;
      const value = (pair.value as Node | null)?.range;
      // An empty value has its place behind the colon, where nothing is to be seen.
      if (last) return at === 'key' || !value || value[0] === value[1] ? key : value[0];
      offset = key;
      node = pair.value;
    } else break;
    const range = (node as Node | null | undefined)?.range;
    if (range) offset = range[0];
  }
  return offset;
}

function tooDense(text: string): boolean {
  if (text.length <= SIGNS_MAX) return false;
  let count = 0;
  for (const _ of new Lexer().lex(text)) if (++count > SIGNS_MAX) return true;
  return false;
}

/** Where brackets nest too deep for a parser that calls itself; strings are not told apart, being shorter than that. */
function tooDeep(text: string): number | null {
  let depth = 0;
  let column = 0;
  let dashes = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 10) {
      column = 0;
      dashes = 0;
      continue;
    }
    // `- - - -` opens a list with each dash.
    if (code === 45 && column === 2 * dashes && text.charCodeAt(i + 1) === 32 && ++dashes > DEPTH_MAX) return i;
    column++;
    if (code === 91 || code === 123) {
      if (++depth > 10 * DEPTH_MAX) return i;
    } else if (code === 93 || code === 125) depth = Math.max(0, depth - 1);
  }
  return null;
}

/** `rules[0].when.headers.apns-id` */
export function pathText(path: readonly (string | number)[]): string {
  let out = '';
  for (const part of path) {
    const text = String(part);
    const name = text.length > 60 ? `${text.slice(0, 59)}…` : text;
    out += typeof part === 'number' ? `[${part}]` : `${out === '' ? '' : '.'}${name.replaceAll(/\s+/g, ' ')}`;
  }
  return out;
}

const whole = (file: string, message: string): Problem => ({
  file,
  line: 1,
  column: 1,
  path: '',
  message,
  lineText: '',
  suggestion: null,
});

function lineAt(text: string, line: number, lines: LineCounter): string {
  const from = lines.lineStarts[line - 1] ?? 0;
  const to = lines.lineStarts[line] ?? text.length + 1;
  return text.slice(from, Math.min(to - 1, from + LINE_SHOWN)).replace(/\r$/, '');
}

/** The library's message as the rest of a sentence, on one line. */
const sentence = (message: string): string => {
  if (message.includes('call stack')) return 'nests too deep to be read';
  const line = (message.split('\n', 1)[0] ?? '').replace(/[.:]\s*$/, '');
  return line.length > 200 ? `${line.slice(0, 199)}…` : line;
};
