// time limit: 120 s
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { COMMANDS } from '../../server/cli/commands.ts';
import { helpOf } from '../../server/cli/help.ts';
import { usage } from '../../server/options.ts';
import { run } from './child.ts';

const test = suite('help');

for (const [name, { usage: line, examples, takes = [], flags }] of Object.entries(COMMANDS))
  test(`${name}: usage, examples, arguments and options`, async () => {
    const text = await helpOf(COMMANDS, name);
    assert.ok(text.startsWith(`Usage: mock-apns ${line}\n`));
    for (const example of examples) assert.ok(text.includes(`\n  ${example}\n`), example);
    for (const [word] of takes) assert.match(text, new RegExp(`^ {2}${word}  `, 'm'));
    for (const { flag } of Object.values((await flags?.())?.FLAGS ?? {})) if (flag) assert.match(text, `  ${flag}`);
    // Those of the server are for the commands that start one.
    assert.is(text.includes(usage()), name === 'serve' || name === 'exec');
  });

test('--help behind a command, and help before it', async () => {
  const [behind, before, long, all] = await Promise.all([
    run(['check', '--help']),
    run(['help', 'check']),
    run(['tail', '--last', '3', '-h']),
    run(['help']),
  ]);
  assert.equal(behind, { code: 0, out: await helpOf(COMMANDS, 'check'), err: '' });
  assert.equal(before, behind);
  assert.is(long.out, await helpOf(COMMANDS, 'tail'));
  for (const name of Object.keys(COMMANDS)) assert.match(all.out, new RegExp(`^ {2}${name} `, 'm'));
});

test('the default of a duration is one that may be given', async () => {
  assert.match((await helpOf(COMMANDS, 'wait-ready')).replace(/\s+/g, ' '), 'default: 30s]');
});

test('what a command does not take is refused by name', async () => {
  const mistakes: readonly (readonly [args: readonly string[], ...says: string[]])[] = [
    [['check', '--json', 'x.yaml', '--foo'], 'unknown flag --json: check takes files', 'unknown flag --foo'],
    [['check'], 'check needs at least one'],
    [['explain', '--foo', 'flaky'], 'unknown flag --foo'],
    [['explain', 'flaky', 'bad-day'], 'unexpected argument "bad-day": explain takes one file'],
    [['schema', 'foo'], 'unexpected argument "foo": schema takes no arguments'],
    [['version', '--foo'], 'unknown flag --foo: version takes no arguments'],
    [['reasons', 'x'], 'unexpected argument "x": reasons takes --json'],
    [['help', 'chek'], 'did you mean check?'],
    [['health', '--seed=1'], 'unknown flag --seed'],
  ];
  const ended = await Promise.all(mistakes.map(([args]) => run(args)));
  for (const [index, [[command = ''], ...says]] of mistakes.entries()) {
    const { code, out, err } = ended[index] as Awaited<ReturnType<typeof run>>;
    assert.equal([code, out], [1, ''], command);
    for (const part of says) assert.match(err, part);
    assert.match(err, `Try: mock-apns ${command === 'help' ? '' : `${command} `}--help\n`);
  }
});

test.run();
