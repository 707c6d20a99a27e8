import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { makeTrust } from '../../server/cli/exec/trust.ts';
import { loadCertificates } from '../../server/shell/certs.ts';
import { skip } from '../runner/skip.ts';

const folder = mkdtempSync(join(tmpdir(), 'mock-apns-trust-'));
const { caPem: ours } = await loadCertificates({ folder: 'memory', now: Date.now() });
const { caPem: usual } = await loadCertificates({ folder: 'memory', now: Date.now() });
const { caPem: theirs } = await loadCertificates({ folder: 'memory', now: Date.now() });

const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
const system = [join(folder, 'nothing.pem'), file('system.pem', usual)];
let made = 0;
const trust = (env: Record<string, string>, from = system) => {
  const place = join(folder, `made-${++made}`);
  mkdirSync(place);
  return makeTrust(ours, place, env, from);
};
const has = (path: string | undefined, ...wanted: string[]): void => {
  const text = readFileSync(path ?? '', 'utf8');
  for (const [name, pem] of Object.entries({ ours, usual, theirs }))
    assert.is(text.includes(pem.trim()), wanted.includes(name), `${path}: ${name}`);
};

const appended = suite('exec: trust is added to what was there');
appended('nothing named: the roots of the system and ours; where variables only add, ours alone', () => {
  const { env, notes } = trust({});
  for (const name of ['SSL_CERT_FILE', 'CURL_CA_BUNDLE', 'REQUESTS_CA_BUNDLE']) has(env[name], 'usual', 'ours');
  for (const name of ['NODE_EXTRA_CA_CERTS', 'DENO_CERT']) has(env[name], 'ours');
  assert.equal(notes, []);
});
appended('what a variable names stays trusted; a folder counts as its files', () => {
  const own = file('own.pem', theirs);
  const many = join(folder, 'many');
  mkdirSync(many);
  writeFileSync(join(many, 'a.crt'), theirs);
  const { env } = trust({ NODE_EXTRA_CA_CERTS: own, SSL_CERT_FILE: own, REQUESTS_CA_BUNDLE: many, CURL_CA_BUNDLE: '' });
  for (const name of ['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'REQUESTS_CA_BUNDLE']) has(env[name], 'theirs', 'ours');
  has(env['CURL_CA_BUNDLE'], 'usual', 'ours');
});
appended('a file that is not there is left out, and told', () => {
  const { env, notes } = trust({ NODE_EXTRA_CA_CERTS: '/nowhere/at/all.pem' });
  has(env['NODE_EXTRA_CA_CERTS'], 'ours');
  assert.is(notes.length, 1);
  assert.match(notes[0] as string, 'NODE_EXTRA_CA_CERTS names /nowhere/at/all.pem');
});
appended('a system without a file of roots: those that come with Node', () => {
  const { bundle } = trust({}, []);
  assert.ok(readFileSync(bundle, 'utf8').split('BEGIN CERTIFICATE').length > 50);
});
appended('a trust store that was named and cannot be had is left as it was, and told', () => {
  const { env, notes } = trust({ JAVA_TOOL_OPTIONS: '-Xmx1g -Djavax.net.ssl.trustStore=/nowhere.p12' });
  assert.is(env['JAVA_TOOL_OPTIONS'], '-Xmx1g -Djavax.net.ssl.trustStore=/nowhere.p12');
  assert.match(notes[0] as string, 'there is no such file');
});

const keytool = (...args: string[]) => spawnSync('keytool', [...args, '-storepass', 'changeit'], { encoding: 'utf8' });
const NAME = "Java's own tool reads the trust store that was written, and adds to one that was named";
if (spawnSync('keytool', ['-help']).error !== undefined) skip(appended, NAME, 'no JDK here');
else
  appended(NAME, () => {
    const { trustStore } = trust({});
    const listed = keytool('-list', '-keystore', trustStore);
    assert.match(listed.stdout, 'contains 2 entries', listed.stdout + listed.stderr);
    const named = join(folder, 'named.p12');
    const pem = file('theirs.pem', theirs);
    keytool('-importcert', '-noprompt', '-alias', 'theirs', '-file', pem, '-keystore', named);
    const { env, trustStore: both, notes } = trust({ JAVA_TOOL_OPTIONS: `-Djavax.net.ssl.trustStore=${named}` });
    assert.equal(notes, []);
    assert.ok(env['JAVA_TOOL_OPTIONS']?.endsWith(`-Djavax.net.ssl.trustStore=${both}`));
    assert.match(keytool('-list', '-keystore', both).stdout, 'contains 2 entries');
  });
appended.after(() => rmSync(folder, { recursive: true }));
appended.run();
