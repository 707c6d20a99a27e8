/** Where a text stops being JSON, and what should stand there instead. */
export interface JsonFault {
  readonly offset: number;
  readonly message: string;
}

/** What may come next. */
type Want = 'value' | 'first value' | 'key' | 'first key' | 'colon' | 'next';

const SPACE = /[ \t\r\n]*/y;
const TOKEN = /[{}[\],:]|"[^"\\\n]*(?:\\.[^"\\\n]*)*"|(?:-?\d[\d.eE+-]*|true|false|null)(?!\w)/y;
const CLOSES: Readonly<Record<string, string>> = { '{': '}', '[': ']' };

/** The first fault alone: what follows it is mostly of its making. `null`: none was found. */
export function jsonFault(text: string): JsonFault | null {
  /** Brackets that are open. */
  const open: { readonly bracket: string; readonly offset: number }[] = [];
  let want: Want = 'value';
  for (let at = 0; ; ) {
    at += take(SPACE, text, at).length;
    const token = take(TOKEN, text, at);
    const inner = open.at(-1);
    const closing = CLOSES[inner?.bracket ?? ''];
    const isValue = token !== '' && !'{}[],:'.includes(token);
    if (want === 'next' && inner === undefined) {
      return at === text.length ? null : { offset: at, message: 'stands behind the end of the JSON' };
    } else if (want.endsWith('value') && Object.hasOwn(CLOSES, token)) {
      open.push({ bracket: token, offset: at });
      want = token === '{' ? 'first key' : 'first value';
    } else if (want.endsWith('value') && isValue) want = 'next';
    else if (token === closing && (want === 'next' || want.startsWith('first'))) {
      open.pop();
      want = 'next';
    } else if (want.endsWith('key') && token.startsWith('"')) want = 'colon';
    else if (want === 'colon' && token === ':') want = 'value';
    else if (want === 'next' && token === ',') want = closing === '}' ? 'key' : 'value';
    else return { offset: Math.min(at, Math.max(0, text.length - 1)), message: sayFault(text, at, want, inner) };
    at += token.length;
  }
}

function sayFault(
  text: string,
  at: number,
  want: Want,
  inner: { readonly bracket: string; readonly offset: number } | undefined,
): string {
  const closing = CLOSES[inner?.bracket ?? ''] ?? '';
  const wanted: Readonly<Record<Want, string>> = {
    value: 'a value',
    'first value': 'a value or ]',
    key: 'a key in double quotes',
    'first key': 'a key in double quotes or }',
    colon: 'a colon',
    next: `a comma or ${closing}`,
  };
  if (text[at] === '"' && (want.endsWith('value') || want.endsWith('key')))
    return 'is no JSON: this text has no closing quote on its line';
  const line = inner === undefined ? 0 : text.slice(0, inner.offset).split('\n').length;
  const still = inner === undefined ? '' : `; the ${inner.bracket} of line ${line} is still open`;
  return `is no JSON: ${wanted[want]} must come ${at === text.length ? 'before the end' : 'here'}${still}`;
}

function take(what: RegExp, text: string, at: number): string {
  what.lastIndex = at;
  return what.exec(text)?.[0] ?? '';
}
