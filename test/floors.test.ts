// biome-ignore-all lint/suspicious/noTemplateCurlyInString: source text under test
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { checkFloors, RULES, say } from './runner/floors.ts';

const server = suite('floors: server/');
server('keeps every rule', () => {
  const names = readdirSync('server', { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.[cm]?[jt]sx?$/.test(name),
  );
  assert.ok(names.length > 0, 'no source file found');
  const sources = new Map(
    names.sort().map((name) => [name.replaceAll('\\', '/'), readFileSync(join('server', name), 'utf8')]),
  );
  const violations = checkFloors(sources).map(say);
  if (violations.length > 0) throw new Error(`${violations.length} found\n${violations.join('\n')}`);
});
server.run();

/** A small house that keeps every rule: each breach below is put into a copy of it. */
const HOUSE = {
  'protocol/reasons.ts': `
    // node:fs, Date.now() and Math.random() are only words here, as in "import 'node:net'".
    export const REASONS = ['setTimeout(1)', \`new Date() \${1 / 2} Date.now()\`, "import '../core/engine.ts'"];`,
  'core/engine.ts': `
    import { REASONS } from '../protocol/reasons.ts';
    import { parse } from 'yaml';
    import { randomInt } from './random.ts';
    export const engine = (at: number) => [new Date(at).toISOString(), randomInt(at), parse(REASONS[0]!)];`,
  'core/random.ts': 'export const randomInt = (seed: number) => seed * 7;',
  'http2/frames.ts': 'export type Frame = { then: string };',
  'shell/clock.ts': `
    import { setTimeout as sleep } from 'node:timers/promises';
    export const clock = { now: () => Date.now(), up: () => performance.now(), date: () => new Date(), sleep };
    setTimeout(() => {}, 1); setInterval(() => {}, 1); setImmediate(() => {});`,
  'shell/crypto.ts': `
    import { randomBytes } from 'node:crypto';
    export const bytes = () => randomBytes(Math.random() * 16);`,
  'shell/certs.ts': `
    import { X509Certificate } from 'node:crypto';
    export const make = () => import('selfsigned');
    export const read = (text: string) => new X509Certificate(text);`,
  'adapters/wire/listener.ts': `
    import { createServer } from 'node:tls';
    import type { Socket } from 'node:net';
    import { type Frame } from '../../http2/frames.ts';
    import { clock } from '../../shell/clock.ts';
    export const listen = (s: Socket, f: Frame) => { s.setTimeout(0); s.getPeerX509Certificate(); createServer(); clock.sleep(f); };`,
  'adapters/node-http2/listener.ts': `
    import http2 from 'node:http2';
    export const listen = () => http2.createSecureServer();`,
  'adapters/control/page/app.ts': 'setTimeout(() => {}, 1);',
  'adapters/control/server.ts': `
    import { createServer } from 'node:http';
    export const listen = () => createServer();`,
  'options.ts': 'export const options = 1;',
  'cli.ts': `
    import { get } from 'node:http';
    import { connect } from 'node:http2';
    export const probe = [get, connect];`,
  'bin.ts': `
    import { options } from './options.ts';
    import pkg from '../package.json' with { type: 'json' };
    const { engine } = await import('./core/engine.ts');
    export default [options, engine, pkg];`,
};

type Breach = readonly [rule: string, file: string, code: string, line?: number];

const BREACHES: readonly Breach[] = [
  ['known-place', 'helpers/misc.ts', 'export const a = 1;'],
  ['known-place', 'adapters/shared.ts', 'export const a = 1;'],
  ['downward', 'protocol/model.ts', "\nimport '../core/engine.ts';", 2],
  ['downward', 'core/judge.ts', "import type { clock } from '../shell/clock.ts';"],
  ['downward', 'shell/files.ts', "import { listen } from '../adapters/wire/listener.ts';"],
  ['downward', 'adapters/wire/session.ts', "export { options } from '../../options.ts';"],
  ['downward', 'core/late.ts', "export const late = () => import('../options.ts');"],
  ['core-and-http2-are-strangers', 'core/judge.ts', "import type { Frame } from '../http2/frames.ts';"],
  ['core-and-http2-are-strangers', 'http2/flow.ts', "import {\n  engine,\n} from '../core/engine.ts';"],
  ['core-and-http2-are-strangers', 'http2/flow.ts', "import { REASONS } from '../protocol/reasons.ts';"],
  ['no-sibling-adapter', 'adapters/wire/session.ts', "import { listen } from '../node-http2/listener.ts';"],
  ['stays-inside', 'mock.ts', "import { suite } from '../test/run.ts';"],
  ['pure-packages', 'core/judge.ts', "import { Hono } from 'hono';"],
  ['pure-packages', 'protocol/model.ts', "import { parse } from 'yaml';"],
  ['no-node-below-the-line', 'core/judge.ts', "import { Buffer } from 'node:buffer';"],
  ['no-node-below-the-line', 'http2/hpack.ts', "\n\nimport fs from 'fs';", 3],
  ['no-async-below-the-line', 'core/judge.ts', 'export const judge = async () => 1;'],
  ['no-async-below-the-line', 'protocol/model.ts', 'export const later = new Promise(() => {});'],
  ['sockets-in-one-file', 'shell/log.ts', "import { connect } from 'node:tls';"],
  ['sockets-in-one-file', 'adapters/control/guard.ts', "import { isIP } from 'node:net';"],
  ['http1-in-control', 'adapters/wire/session.ts', "import http from 'node:http';"],
  ['http1-in-control', 'mock.ts', "import https from 'node:https';"],
  ['http2-server-in-one-door', 'mock.ts', "import { createSecureServer } from 'node:http2';"],
  ['http2-server-in-one-door', 'cli.ts', "import * as h from 'node:http2';\nh.createServer();", 2],
  ['time-in-the-clock', 'core/judge.ts', '/* now\n */ const at = Date.now();', 2],
  ['time-in-the-clock', 'shell/log.ts', 'const at = performance.now();'],
  ['time-in-the-clock', 'shell/log.ts', 'const at = new Date();'],
  ['time-in-the-clock', 'shell/log.ts', 'const at = new Date;'],
  ['time-in-the-clock', 'shell/log.ts', 'const at = Date();'],
  ['time-in-the-clock', 'shell/log.ts', 'const at = process.hrtime.bigint();'],
  ['time-in-the-clock', 'mock.ts', 'setTimeout(() => {}, 1);'],
  ['time-in-the-clock', 'mock.ts', 'const text = `in ${setInterval(() => {}, 1)}`;'],
  ['time-in-the-clock', 'mock.ts', 'globalThis.setImmediate(() => {});'],
  ['time-in-the-clock', 'mock.ts', 'const signal = AbortSignal.timeout(5);'],
  ['timers-in-the-clock', 'shell/files.ts', "import { scheduler } from 'node:timers/promises';"],
  ['no-math-random', 'core/judge.ts', 'const dice = Math.random();'],
  ['secrets-in-shell', 'mock.ts', 'const id = crypto.randomUUID();'],
  ['secrets-in-shell-by-name', 'mock.ts', "import { randomBytes } from 'node:crypto';"],
  ['secrets-in-shell-by-name', 'mock.ts', "import * as c from 'node:crypto';\nc.generateKeyPairSync('ec');", 2],
  ['x509-in-certs', 'shell/crypto.ts', "export const x = () => import('@peculiar/x509');"],
  ['x509-in-certs', 'bin.ts', "import { generate } from 'selfsigned';"],
  ['x509-class-in-certs', 'adapters/wire/session.ts', 'export const read = (c: X509Certificate) => c.subject;'],
  ['no-cycle', 'core/random.ts', "import { engine } from './engine.ts';\nexport const randomInt = engine;"],
  ['no-cycle', 'core/self.ts', "import './self.ts';"],
];

const checker = suite('floors: the checker');
checker('finds nothing in a house that keeps the rules', () => {
  assert.equal(checkFloors(new Map(Object.entries(HOUSE))).map(say), []);
});
for (const [rule, file, code, line = 1] of BREACHES) {
  checker(`${rule}: ${file}: ${code.trim().replaceAll('\n', ' ')}`, () => {
    const found = checkFloors(new Map(Object.entries({ ...HOUSE, [file]: code })));
    // The circle is reported where it closes, which may be the other file of the two.
    if (rule === 'no-cycle')
      assert.equal(
        found.map((each) => each.rule),
        [rule],
      );
    else
      assert.equal(
        found.map((each) => `${each.file}:${each.line} ${each.rule}`),
        [`${file}:${line} ${rule}`],
      );
  });
}
checker('every rule has a breach, and a violation says where, what and why', () => {
  const tried = new Set(BREACHES.map(([rule]) => rule));
  assert.equal(
    [...RULES.map(({ id }) => id), 'no-cycle'].filter((id) => !tried.has(id)),
    [],
  );
  const [violation] = checkFloors(new Map([['core/judge.ts', '\nMath.random();']]));
  assert.match(
    say(violation!),
    /^server\/core\/judge\.ts:2 {2}no-math-random: Math\.random\n {4}because seed and events/,
  );
});
checker.run();
