/**
 * Source text with comments and the insides of strings, templates and regular expressions turned into spaces.
 * Lengths and line breaks stay, so an offset found in the result is an offset in the source.
 * Code inside `${ }` stays code. A light tokenizer: enough to search for words without being fooled by prose.
 */
export function blank(source: string): string {
  const out = source.split('');
  const braces: boolean[] = []; // one entry per open `{`; true when it is the `${` of a template
  let at = 0;
  let last = ''; // the last significant word or character: decides whether `/` divides or opens a regex

  const erase = (from: number, to: number): void => {
    for (let i = from; i < to && i < out.length; i++) if (out[i] !== '\n') out[i] = ' ';
  };
  /** The index just after the quote that closes the string starting at `from`. */
  const stringEnd = (from: number): number => {
    const quote = source[from];
    let i = from + 1;
    while (i < source.length && source[i] !== quote && source[i] !== '\n') i += source[i] === '\\' ? 2 : 1;
    return i + 1;
  };
  const regexEnd = (from: number): number => {
    let i = from + 1;
    let inClass = false;
    while (i < source.length && source[i] !== '\n' && (inClass || source[i] !== '/')) {
      if (source[i] === '[') inClass = true;
      if (source[i] === ']') inClass = false;
      i += source[i] === '\\' ? 2 : 1;
    }
    return i + 1;
  };
  /** Erases template text from `from` to the closing backtick or the next `${`, and returns where code goes on. */
  const template = (from: number): number => {
    let i = from;
    while (i < source.length && source[i] !== '`') {
      if (source.startsWith('${', i)) {
        erase(from, i);
        braces.push(true);
        last = '{';
        return i + 2;
      }
      i += source[i] === '\\' ? 2 : 1;
    }
    erase(from, i);
    last = '`';
    return i + 1;
  };

  while (at < source.length) {
    const char = source[at]!;
    const word = /^[\w$]+/.exec(source.slice(at, at + 64))?.[0];
    if (source.startsWith('//', at)) {
      const end = source.indexOf('\n', at);
      erase(at, end < 0 ? source.length : end);
      at = end < 0 ? source.length : end;
    } else if (source.startsWith('/*', at)) {
      const end = source.indexOf('*/', at + 2);
      erase(at, end < 0 ? source.length : end + 2);
      at = end < 0 ? source.length : end + 2;
    } else if (char === "'" || char === '"') {
      const end = stringEnd(at);
      erase(at + 1, end - 1);
      last = char;
      at = end;
    } else if (char === '`') {
      at = template(at + 1);
    } else if (char === '/' && opensRegex(last)) {
      const end = regexEnd(at);
      erase(at + 1, end - 1);
      last = '/regex';
      at = end;
    } else if (char === '}' && braces.pop() === true) {
      at = template(at + 1);
    } else {
      if (char === '{') braces.push(false);
      if (char.trim() !== '') last = word ?? char;
      at += word?.length ?? 1;
    }
  }
  return out.join('');
}

/** After a value a slash divides; after an operator, an opening bracket or a keyword it opens a regular expression. */
function opensRegex(last: string): boolean {
  if (/^(return|typeof|case|in|of|delete|void|throw|new|await|yield|else|do)$/.test(last)) return true;
  return last === '' || !/^([\w$]+|[)\]}'"`]|\/regex)$/.test(last);
}

/** Line number, from 1, of an offset. */
export function lineAt(source: string, offset: number): number {
  let line = 1;
  for (let i = source.indexOf('\n'); i >= 0 && i < offset; i = source.indexOf('\n', i + 1)) line++;
  return line;
}
