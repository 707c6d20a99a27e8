import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { compileRegex, REGEX_TEXT_MAX } from '../../../server/core/scenario/regex.ts';
import { working } from '../../patience.ts';

const fits = (source: string, text: string, flags = ''): boolean => {
  const regex = compileRegex(source, flags);
  if (typeof regex !== 'function') throw new Error(`/${source}/ ${regex.error}`);
  return regex(text);
};
const refusal = (source: string, flags = ''): string => {
  const regex = compileRegex(source, flags);
  return typeof regex === 'function' ? '' : regex.error;
};

const same = suite('scenario regex: as JavaScript');

const PATTERNS = [
  '',
  'a',
  'abc',
  '^abc$',
  'a|b',
  'a|',
  '|',
  '^(a|bc)+$',
  '(?:ab)*c',
  '(?<name>x)y?',
  'a*?b',
  'a{2}',
  'a{2,}',
  '^a{2,3}$',
  'a{0}b',
  '[abc]',
  '[^abc]',
  '[a-c]x',
  '[a\\-c]',
  '[-a]',
  '[a-]',
  '[]a',
  '[\\d_]+',
  '[^\\s]',
  '[\\S]',
  '\\d+',
  '\\D',
  '\\w+\\W',
  '\\s',
  '\\bab\\b',
  '\\Bb',
  '.',
  '^.$',
  'a.c',
  '\\.',
  '\\/',
  '\\u0041',
  '\\x41',
  '\\t',
  '\\0',
  '^$',
  '$a',
  'a^',
  '(a(b(c)?)?)?$',
  '(|a)+b',
  '^(?:a?){3}a{3}$',
  '[\\b]',
];
const TEXTS = [
  '',
  'a',
  'b',
  'ab',
  'abc',
  'abcabc',
  'bc',
  'c',
  'xy',
  'x',
  'aa',
  'aaa',
  'aaaa',
  'a-c',
  'a b',
  ' ab ',
  'A',
  'AB',
  'a\nc',
  '\n',
  '1_2',
  '12',
  '.',
  '/',
  '\t',
  '\0',
  '\b',
  'é',
  'a.c',
  '\u2028',
  '[]a',
  'ab\ncd',
];
for (const flags of ['', 'i', 's', 'm', 'ims'])
  same(`patterns by hand, flags "${flags}"`, () => {
    for (const source of PATTERNS) {
      // `[]` is empty in JavaScript and fits nothing, here as there.
      const oracle = new RegExp(source, flags);
      for (const text of TEXTS)
        assert.is(fits(source, text, flags), oracle.test(text), `/${source}/${flags} on ${JSON.stringify(text)}`);
    }
  });

const atom = fc.constantFrom('a', 'b', 'c', '.', '[ab]', '[^a]', '\\d', '\\w', '\\b', '^', '$', '\\.', '-');
const pattern = fc.letrec<{ node: string }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    atom,
    fc.tuple(tie('node'), tie('node')).map(([x, y]) => x + y),
    fc.tuple(tie('node'), tie('node')).map(([x, y]) => `(${x}|${y})`),
    fc
      .tuple(tie('node'), fc.constantFrom('*', '+', '?', '{1,2}', '{2}', '*?'))
      .map(([x, quantifier]) => `(?:${x})${quantifier}`),
  ),
})).node;

same('any pattern of the language, on any short text', () => {
  fc.assert(
    fc.property(
      pattern,
      fc.stringMatching(/^[abc1 .\n-]{0,10}$/),
      fc.constantFrom('', 'i', 's', 'm'),
      (source, text, flags) => {
        assert.is(fits(source, text, flags), new RegExp(source, flags).test(text));
      },
    ),
    { numRuns: 2000 },
  );
});
same('letters of any case, with i', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-zA-Z]{1,6}$/), (word) => {
      assert.ok(fits(`^${word.toUpperCase()}$`, word.toLowerCase(), 'i'));
      assert.ok(fits('^[a-z]+$', word.toUpperCase(), 'i'));
      assert.not(fits('^[^a-z]+$', word.toUpperCase(), 'i'));
    }),
  );
});
same.run();

const bounded = suite('scenario regex: bounded');

/** Patterns that hold up backtracking engines, and texts that do it. */
const EVIL: readonly (readonly [string, string])[] = [
  ['^(a+)+$', `${'a'.repeat(4000)}!`],
  ['^(a*)*$', `${'a'.repeat(4000)}!`],
  ['^(a|a)*$', `${'a'.repeat(4000)}!`],
  ['^(a|aa)+$', `${'a'.repeat(4000)}!`],
  ['(.*)*x', 'y'.repeat(4000)],
  ['.*.*.*.*.*=', 'y'.repeat(4000)],
  [
    '^([a-zA-Z0-9])(([\\-.]|[_]+)?([a-zA-Z0-9]+))*(@){1}[a-z0-9]+[.]{1}(([a-z]{2,3})|([a-z]{2,3}[.]{1}[a-z]{2,3}))$',
    'a'.repeat(4000),
  ],
  ['(?:a?){60}a{60}', 'a'.repeat(59)],
  ['^(([a-z])+.)+[A-Z]([a-z])+$', 'a'.repeat(4000)],
  ['(x+x+)+y', 'x'.repeat(4000)],
  ['^((((a*)*)*)*)*$', `${'a'.repeat(4000)}!`],
  ['(a{0,15}){0,15}$', `${'a'.repeat(4000)}!`],
  ['\\s+$', `${' '.repeat(4000)}x`],
];
for (const [source, text] of EVIL)
  bounded(`ends soon: /${source.slice(0, 40)}/`, () => {
    const worked = working();
    fits(source, text);
    fits(source, text, 'i');
    assert.ok(worked() < 1000, `${worked().toFixed(0)} ms`);
  });
bounded('a text is looked at up to its bound', () => {
  assert.ok(fits('x$', `${'a'.repeat(REGEX_TEXT_MAX - 1)}x${'b'.repeat(100_000)}`));
  assert.not(fits('b', `${'a'.repeat(REGEX_TEXT_MAX)}b`));
});
bounded('sizes', () => {
  assert.match(refusal('((a{99}){99}){99}'), /is too large/);
  assert.match(refusal('(((((){99}){99}){99}){99}){99}'), /is too large/);
  assert.match(refusal('a{501}'), /repeats more than 500 times/);
  assert.match(refusal('a{2,99999}'), /repeats more than/);
  assert.match(refusal('a'.repeat(1001)), /longer than 1000/);
  assert.match(refusal(`${'('.repeat(60)}${')'.repeat(60)}`), /more than 50 deep/);
  assert.is(refusal('a'.repeat(490)), '');
});
bounded.run();

const refused = suite('scenario regex: refused, and why');
const REFUSED: readonly (readonly [string, RegExp, string?])[] = [
  ['(a)\\1', /refers back with \\1/],
  ['\\k<x>', /refers back with \\k/],
  ['(?=a)', /looks ahead or behind/],
  ['(?!a)', /looks ahead or behind/],
  ['(?<=a)b', /looks ahead or behind/],
  ['(?<!a)b', /looks ahead or behind/],
  ['(?i)a', /looks ahead or behind, or sets flags/],
  ['(a', /a \( that is never closed/],
  ['a)', /a \) that closes nothing/],
  ['[a', /a \[ that is never closed/],
  ['[z-a]', /out of order/],
  ['[\\d-z]', /range that begins or ends in a class/],
  ['*a', /\* with nothing before/],
  ['{2}', /\{ with nothing before/],
  ['a**', /quantifier behind a quantifier/],
  ['a{2}{3}', /quantifier behind a quantifier/],
  ['a{3,2}', /numbers are out of order/],
  ['a{x}', /\{ that begins no/],
  ['^*', /repeats an assertion/],
  ['a\\', /single backslash/],
  ['\\p{L}', /\\p, which stands for nothing/],
  ['\\xZZ', /2 hexadecimal digits/],
  ['\\u12', /4 hexadecimal digits/],
  ['a', /flag g/, 'g'],
  ['a', /flag u/, 'iu'],
];
for (const [source, why, flags] of REFUSED)
  refused(`/${source}/${flags ?? ''}`, () => {
    assert.match(refusal(source, flags), why);
  });
refused('never throws, whatever the pattern', () => {
  fc.assert(
    fc.property(
      fc.string({ maxLength: 40 }),
      fc.string({ maxLength: 3 }),
      (source, flags) => void compileRegex(source, flags),
    ),
    {
      numRuns: 3000,
    },
  );
});
refused.run();
