import { execFile, spawnSync } from 'node:child_process';
import { createPrivateKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import * as fs from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tls from 'node:tls';
import { promisify } from 'node:util';
import { generate } from 'selfsigned';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Certificates, loadCertificates, makeClientCertificate, SERVER_NAMES } from '../../server/shell/certs.ts';
import { importPublicKey, signProviderToken, verifyEs256 } from '../../server/shell/crypto.ts';
import { StartError } from '../../server/shell/start-error.ts';
import { PATIENCE } from '../patience.ts';
import { skip } from '../runner/skip.ts';

const NOW = Date.now();
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Everything on disk lies under here; `filled` is a folder as the first start leaves it. */
const root = fs.mkdtempSync(join(tmpdir(), 'mock-apns-certs-'));
process.once('exit', () => fs.rmSync(root, { recursive: true, force: true }));
const filled = join(root, 'filled', 'certs');
const first = await loadCertificates({ folder: filled, now: NOW });
const firstMade = fs.readdirSync(filled).sort();
await first.clientReady;

/** A CA and a server certificate that did not come from this project. (No `await` after the first `.run()`: uvu starts.) */
const altNames = [
  { type: 2 as const, value: 'localhost' },
  { type: 2 as const, value: '*.push.apple.com' },
];
const own = await generate([{ name: 'commonName', value: 'Our company' }], {
  keyType: 'ec',
  algorithm: 'sha256',
  notBeforeDate: new Date(NOW - DAY),
  extensions: [
    { name: 'basicConstraints', cA: true, critical: true },
    { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
  ],
});
const ownLeaf = await generate([{ name: 'commonName', value: 'localhost' }], {
  keyType: 'ec',
  algorithm: 'sha256',
  notBeforeDate: new Date(NOW - DAY),
  ca: { key: own.private, cert: own.cert },
  extensions: [{ name: 'subjectAltName', altNames }],
});

let folders = 0;
const freshPath = (): string => join(root, `folder-${++folders}`);
/** A copy of the filled folder, with some files changed (null: removed). */
const copy = (changes: Record<string, string | null> = {}): string => {
  const folder = freshPath();
  fs.cpSync(filled, folder, { recursive: true });
  for (const [name, text] of Object.entries(changes)) {
    if (text === null) fs.rmSync(join(folder, name));
    else fs.writeFileSync(join(folder, name), text);
  }
  return folder;
};
const contents = (folder: string): Record<string, string> =>
  Object.fromEntries(fs.readdirSync(folder).map((name) => [name, fs.readFileSync(join(folder, name), 'utf8')]));
/** Loads and waits for everything that goes on behind. */
const load = async (folder: string, now = NOW, hosts: string[] = []): Promise<Certificates> => {
  const certs = await loadCertificates({ folder, now, hosts });
  await certs.clientReady;
  return certs;
};
/** The message of the StartError that loading must end with: one sentence, ending in a full stop. */
const refusal = async (folder: string, now = NOW, hosts: string[] = []): Promise<string> => {
  let caught: unknown;
  try {
    await loadCertificates({ folder, now, hosts });
  } catch (error) {
    caught = error;
  }
  assert.instance(caught, StartError, `expected a StartError, got ${String(caught)}`);
  const { message } = caught as StartError;
  assert.match(message, /^[^\n]+\.$/);
  return message;
};
const ecKey = (namedCurve = 'P-256'): string =>
  generateKeyPairSync('ec', { namedCurve }).privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
const leafOf = (pem: string): X509Certificate => new X509Certificate(pem);

// ── the first start ──────────────────────────────────────────────────────────────────────────────────────────────

const start = suite('certs: first and second start');

start('makes every file, private keys readable for their owner only', () => {
  const { keyFile } = first.providerKey;
  const publicFiles = ['ca.pem', 'client.pem', 'provider.json', 'server.pem'];
  const secretFiles = ['ca.key', 'client.key', 'server.key', keyFile];
  assert.equal(fs.readdirSync(filled).sort(), ['.gitignore', ...publicFiles, ...secretFiles].sort());
  assert.is(fs.readFileSync(join(filled, '.gitignore'), 'utf8'), '*\n');
  if (process.platform !== 'win32') {
    for (const name of secretFiles) assert.is(fs.statSync(join(filled, name)).mode & 0o777, 0o600, name);
    for (const name of publicFiles) assert.is(fs.statSync(join(filled, name)).mode & 0o444, 0o444, name);
  }
  assert.is(first.made, true);
  assert.equal(first.notes, []);
  assert.equal(first.paths, {
    folder: filled,
    ca: join(filled, 'ca.pem'),
    caKey: join(filled, 'ca.key'),
    serverCert: join(filled, 'server.pem'),
    serverKey: join(filled, 'server.key'),
    provider: join(filled, 'provider.json'),
    providerKey: join(filled, keyFile),
    clientCert: join(filled, 'client.pem'),
    clientKey: join(filled, 'client.key'),
  });
});

start('does not wait for the RSA key of the client certificate', () => {
  assert.not.ok(firstMade.includes('client.pem'), 'client.pem was there when loading returned');
  assert.ok(firstMade.includes('server.pem'));
});

start('the provider key works and is described by provider.json', () => {
  const { keyId, teamId, keyFile, p8, publicKeyPem } = first.providerKey;
  assert.equal(JSON.parse(fs.readFileSync(join(filled, 'provider.json'), 'utf8')), { keyId, teamId, keyFile });
  assert.match(keyId, /^[A-Z0-9]{10}$/);
  assert.match(teamId, /^[A-Z0-9]{10}$/);
  assert.is(keyFile, `AuthKey_${keyId}.p8`);
  assert.is(fs.readFileSync(join(filled, keyFile), 'utf8'), p8);
  const token = signProviderToken({ p8, keyId, teamId, iat: 1 });
  const at = token.lastIndexOf('.');
  const signature = Buffer.from(token.slice(at + 1), 'base64url');
  assert.is(verifyEs256(importPublicKey(publicKeyPem), token.slice(0, at), signature), true);
});

start('a second start changes nothing and gives the same', async () => {
  const before = contents(filled);
  const again = await loadCertificates({ folder: filled, now: NOW + DAY });
  assert.is(again.made, false);
  assert.ok(again.client !== null, 'the client certificate is there at once');
  assert.equal(await again.clientReady, again.client);
  assert.equal(contents(filled), before);
  assert.is(again.caPem, first.caPem);
  assert.is(again.serverCertPem, first.serverCertPem);
  assert.equal(again.providerKey, first.providerKey);
});

start('leaves a folder alone that has other things in it: no .gitignore of ours', async () => {
  const folder = copy({ '.gitignore': null, 'provider.json': null, 'notes.txt': 'mine' });
  assert.is((await load(folder)).made, true);
  assert.not.ok(fs.existsSync(join(folder, '.gitignore')));
});

start('memory touches no disk, and makes the client certificate only when asked', async () => {
  const certs = await loadCertificates({ folder: 'memory', now: NOW });
  assert.is(certs.paths, null);
  assert.is(certs.made, true);
  assert.is(certs.client, null);
  assert.ok(leafOf(certs.serverCertPem).checkIssued(leafOf(certs.caPem)));
  const client = await certs.clientReady;
  assert.equal(certs.client, client);
  assert.is(createPrivateKey(client.keyPem).asymmetricKeyType, 'rsa');
  assert.not.ok(fs.existsSync('memory'), 'the word is no folder');
});

start.run();

// ── what the certificates say ────────────────────────────────────────────────────────────────────────────────────

const form = suite('certs: their form');

form('the CA is a CA for ten years', () => {
  const ca = leafOf(first.caPem);
  assert.is(ca.ca, true);
  assert.ok(ca.checkIssued(ca) && ca.verify(ca.publicKey));
  assert.match(ca.subject, /CN=mock-apns CA [0-9a-f]{8}/);
  const [from, to] = [Date.parse(ca.validFrom), Date.parse(ca.validTo)];
  assert.ok(from <= NOW - 0.99 * HOUR && from > NOW - 1.01 * HOUR, 'dated back an hour');
  assert.ok(to > NOW + 3650 * DAY && to < NOW + 3655 * DAY);
});

form('the server certificate is for every name, signed by the CA, and short enough for browsers', () => {
  const ca = leafOf(first.caPem);
  const leaf = leafOf(first.serverCertPem);
  assert.is(leaf.ca, false);
  assert.ok(leaf.checkIssued(ca) && leaf.verify(ca.publicKey));
  assert.ok(leaf.checkPrivateKey(createPrivateKey(first.serverKeyPem)));
  for (const name of SERVER_NAMES) {
    const found = /^[\d.:]+$/.test(name) ? leaf.checkIP(name) : leaf.checkHost(name, { subject: 'never' });
    assert.ok(found, name);
  }
  assert.is(leaf.checkHost('example.com'), undefined);
  assert.equal(leaf.keyUsage, ['1.3.6.1.5.5.7.3.1'], 'extended key usage: serverAuth');
  const life = Date.parse(leaf.validTo) - Date.parse(leaf.validFrom);
  assert.ok(life > 390 * DAY && life <= 398 * DAY);
  assert.match(leaf.serialNumber, /^[4][0-9A-F]{31}$/, 'positive, 16 bytes');
});

form('node-apn reads the client certificate and finds it good for both environments', async () => {
  const require = createRequire(import.meta.url);
  const parseKey = require('@parse/node-apn/lib/credentials/certificate/parsePemKey.js');
  const parseCert = require('@parse/node-apn/lib/credentials/certificate/parsePemCertificate.js');
  const validate = require('@parse/node-apn/lib/credentials/certificate/validate.js');
  const { certPem, keyPem } = await first.clientReady;
  for (const production of [true, false]) {
    validate({ key: parseKey(keyPem), certificates: parseCert(certPem), production });
  }
  const developmentOnly = await makeClientCertificate(first, {
    uid: 'a.b',
    topics: null,
    development: true,
    production: false,
    notBefore: NOW,
    notAfter: NOW + DAY,
    key: 'rsa',
  });
  const parsed = { key: parseKey(developmentOnly.keyPem), certificates: parseCert(developmentOnly.certPem) };
  validate({ ...parsed, production: false });
  assert.throws(() => validate({ ...parsed, production: true }), /does not support configured environment/);
});

form.run();

// ── in use ───────────────────────────────────────────────────────────────────────────────────────────────────────

const handshake = suite('certs: TLS');

/** Connects once; what the client saw as an error, or the name the server saw in the client's certificate. */
const connect = async (server: tls.TlsOptions, client: tls.ConnectionOptions): Promise<string> => {
  const listener = tls.createServer({ key: first.serverKeyPem, cert: first.serverCertPem, ...server });
  listener.on('secureConnection', (socket) => {
    const subject = socket.getPeerCertificate().subject as unknown as Record<string, string> | undefined;
    socket.on('error', () => {}).end(`hello ${subject?.['UID'] ?? 'stranger'}`);
  });
  listener.on('tlsClientError', () => {});
  await new Promise<void>((done) => listener.listen(0, '127.0.0.1', done));
  const { port } = listener.address() as { port: number };
  try {
    return await new Promise<string>((done) => {
      let text = '';
      const socket = tls.connect({ port, host: '127.0.0.1', ...client });
      socket.on('data', (chunk) => {
        text += chunk.toString();
      });
      socket.on('error', (error: NodeJS.ErrnoException) => done(error.code ?? error.message));
      socket.on('close', () => done(text));
    });
  } finally {
    await new Promise((done) => listener.close(done));
  }
};

handshake('a client that trusts ca.pem gets through by every name', async () => {
  for (const servername of ['localhost', 'mock-apns', 'api.push.apple.com', 'api-manage-broadcast.push.apple.com']) {
    assert.is(await connect({}, { ca: first.caPem, servername }), 'hello stranger', servername);
  }
  assert.is(await connect({}, { ca: first.caPem }), 'hello stranger', '127.0.0.1 without a name');
});

handshake('a client that does not, or asks for another name, is turned away', async () => {
  assert.match(await connect({}, { servername: 'localhost' }), /UNABLE_TO_VERIFY_LEAF_SIGNATURE|SELF_SIGNED/);
  const wrongName = await connect({}, { ca: first.caPem, servername: 'example.com' });
  assert.is(wrongName, 'ERR_TLS_CERT_ALTNAME_INVALID');
});

handshake('the client certificate passes a server that insists on one', async () => {
  const { certPem, keyPem } = await first.clientReady;
  const strict = { ca: first.caPem, requestCert: true, rejectUnauthorized: true, minVersion: 'TLSv1.2' as const };
  const client = { ca: first.caPem, servername: 'localhost' };
  for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
    const server = { ...strict, maxVersion };
    assert.is(await connect(server, { ...client, cert: certPem, key: keyPem }), 'hello com.example.app', maxVersion);
  }
  assert.is.not(await connect(strict, client), 'hello stranger');
});

handshake.run();

// ── later starts ─────────────────────────────────────────────────────────────────────────────────────────────────

const renewal = suite('certs: renewal');

renewal('near its end the server certificate is issued again by the same CA for the same key', async () => {
  for (const later of [NOW + 370 * DAY, NOW + 3000 * DAY]) {
    const folder = copy();
    const certs = await load(folder, later);
    assert.is(certs.made, true);
    assert.is(certs.caPem, first.caPem);
    assert.is(certs.serverKeyPem, first.serverKeyPem);
    const leaf = leafOf(certs.serverCertPem);
    assert.ok(leaf.verify(leafOf(first.caPem).publicKey));
    assert.ok(Date.parse(leaf.validTo) > later + 360 * DAY, leaf.validTo);
    assert.ok(certs.notes.some((note) => /server\.pem expire[sd] on \d{4}-\d\d-\d\d.*issued again/.test(note)));
    assert.is((await load(folder, later)).made, false, 'once is enough');
  }
  assert.is((await load(copy(), NOW + 300 * DAY)).made, false, 'not before it is needed');
});

renewal('and so is the client certificate, with what the old one said', async () => {
  const certs = await load(copy(), NOW + 350 * DAY);
  const renewed = certs.client!;
  assert.is(renewed.keyPem, first.client!.keyPem);
  assert.is.not(renewed.certPem, first.client!.certPem);
  assert.match(leafOf(renewed.certPem).subject, /UID=com\.example\.app/);
  assert.ok(Date.parse(leafOf(renewed.certPem).validTo) > NOW + 700 * DAY);
});

renewal('nothing outlives the CA, and in its last month nothing is renewed over and over', async () => {
  const folder = copy();
  const end = Date.parse(leafOf(first.caPem).validTo);
  const certs = await load(folder, end - 10 * DAY);
  assert.is(Date.parse(leafOf(certs.serverCertPem).validTo), end);
  assert.is(Date.parse(leafOf(certs.client!.certPem).validTo), end);
  assert.is((await load(folder, end - 9 * DAY)).made, false);
});

renewal('a name that is asked for is added, and stays', async () => {
  const folder = copy();
  const asked = ['APNS.example.test.', '192.168.7.9', '[fd00:0:0::1]', 'zürich.test', '0.0.0.0', '*.lan.test'];
  const certs = await load(folder, NOW, asked);
  assert.is(certs.made, true);
  assert.is(certs.caPem, first.caPem);
  const leaf = leafOf(certs.serverCertPem);
  for (const name of ['apns.example.test', 'xn--zrich-kva.test', 'api.push.apple.com', 'printer.lan.test']) {
    assert.ok(leaf.checkHost(name, { subject: 'never' }), name);
  }
  for (const address of ['192.168.7.9', 'fd00::1', '::1']) assert.ok(leaf.checkIP(address), address);
  assert.is(leaf.checkIP('0.0.0.0'), undefined);
  assert.match(certs.notes.join(), /server\.pem is not for apns\.example\.test, 192\.168\.7\.9, fd00::1, /);
  assert.is((await load(folder, NOW, asked)).made, false);
  assert.is((await load(folder)).made, false);
  const more = leafOf((await load(folder, NOW, ['other.test'])).serverCertPem);
  assert.ok(more.checkHost('other.test') && more.checkHost('apns.example.test'));
  assert.equal(more.subjectAltName!.match(/IP Address:/g)!.length, 4, 'no address twice');
});

renewal('a start that was cut off is completed: whatever is missing is made for what is there', async () => {
  const caKey = leafOf(first.caPem).publicKey.export({ type: 'spki', format: 'pem' });
  for (const missing of [['ca.pem'], ['server.pem'], ['server.key'], ['client.pem'], ['ca.pem', 'server.pem']]) {
    const folder = copy(Object.fromEntries(missing.map((name) => [name, null])));
    const certs = await load(folder);
    assert.is(leafOf(certs.caPem).publicKey.export({ type: 'spki', format: 'pem' }), caKey, `${missing}: the CA's key`);
    assert.ok(leafOf(certs.serverCertPem).verify(leafOf(first.caPem).publicKey), `${missing}: old trust still holds`);
    assert.ok(leafOf(certs.serverCertPem).checkPrivateKey(createPrivateKey(certs.serverKeyPem)), `${missing}: key`);
    assert.ok(
      leafOf(certs.client!.certPem).checkPrivateKey(createPrivateKey(certs.client!.keyPem)),
      `${missing}: client`,
    );
    assert.equal(fs.readdirSync(folder).sort(), fs.readdirSync(filled).sort(), `${missing}: all files`);
  }
});

renewal('with a new CA the old leaves are replaced', async () => {
  const folder = copy({ 'ca.pem': null, 'ca.key': null });
  const certs = await load(folder);
  const ca = leafOf(certs.caPem);
  assert.is.not(certs.caPem, first.caPem);
  assert.ok(leafOf(certs.serverCertPem).verify(ca.publicKey));
  assert.ok(leafOf(certs.client!.certPem).verify(ca.publicKey));
  assert.match(certs.notes.join(' '), /server\.pem was issued by another CA/);
});

renewal.run();

// ── two at once ──────────────────────────────────────────────────────────────────────────────────────────────────

const race = suite('certs: several at once');

const oneAnswer = (answers: readonly Certificates[], folder: string): void => {
  for (const certs of answers) {
    assert.is(certs.caPem, answers[0]!.caPem);
    assert.is(certs.caKeyPem, answers[0]!.caKeyPem);
    assert.is(certs.serverKeyPem, answers[0]!.serverKeyPem);
    assert.is(certs.serverCertPem, answers[0]!.serverCertPem);
    assert.equal(certs.providerKey, answers[0]!.providerKey);
  }
  const names = fs.readdirSync(folder);
  assert.is(names.filter((name) => name.endsWith('.p8')).length, 1, 'one provider key');
  assert.equal(
    names.filter((name) => name.endsWith('.tmp')),
    [],
    'no drafts',
  );
};

race('loads in one process end with the same files', async () => {
  // The RSA key is there already: this is about the rest.
  const folder = freshPath();
  fs.mkdirSync(folder);
  fs.cpSync(join(filled, 'client.key'), join(folder, 'client.key'));
  const answers = await Promise.all([1, 2, 3, 4].map(() => load(folder)));
  oneAnswer(answers, folder);
  for (const certs of answers) assert.equal(certs.client, answers[0]!.client);
});

race('processes on an empty folder end with the same files, a warm one imports no X.509 library', async () => {
  const folder = freshPath();
  const module = new URL('../../server/shell/certs.ts', import.meta.url).href;
  const script = `
    const { loadCertificates } = await import(${JSON.stringify(module)});
    const certs = await loadCertificates({ folder: ${JSON.stringify(folder)}, now: ${NOW} });
    await certs.clientReady;
    // reflect-metadata comes with the library and leaves this trace.
    const library = typeof Reflect.getMetadata === 'function';
    console.log(JSON.stringify({ ...certs, library }));`;
  const run = async (): Promise<Certificates & { library: boolean }> => {
    const args = ['--import', 'tsx', '--input-type=module', '-e', script];
    return JSON.parse((await promisify(execFile)(process.execPath, args, { timeout: PATIENCE })).stdout);
  };
  const answers = await Promise.all([run(), run()]);
  const warm = await run();
  oneAnswer([...answers, warm], folder);
  assert.equal(
    answers.map(({ library }) => library),
    [true, true],
    'the trace of the library is what this test takes it for',
  );
  assert.is(warm.library, false);
  assert.is(warm.made, false);
});

race.run();

// ── what cannot be ───────────────────────────────────────────────────────────────────────────────────────────────

const refusals = suite('certs: refusals');

refusals('a CA that has expired or is not valid yet', async () => {
  const folder = copy();
  const late = await refusal(folder, NOW + 3700 * DAY);
  assert.match(late, /ca\.pem expired on \d{4}-\d\d-\d\d; delete ca\.pem, ca\.key, /);
  assert.match(late, /trust the new ca\.pem/);
  assert.match(await refusal(folder, NOW - 2 * DAY), /ca\.pem is valid only from .*clock/);
  assert.equal(contents(folder), contents(filled), 'and nothing was touched');
});

refusals('files that cannot be read as what they are', async () => {
  for (const text of ['', 'hello', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n']) {
    assert.match(await refusal(copy({ 'ca.pem': text })), /ca\.pem is not a readable certificate.*delete ca\.pem/);
    assert.match(await refusal(copy({ 'server.pem': text })), /server\.pem is not a readable certificate/);
    assert.match(await refusal(copy({ 'client.pem': text })), /client\.pem is not a readable certificate/);
    assert.match(await refusal(copy({ 'ca.key': text })), /ca\.key is not a readable private key/);
    assert.match(await refusal(copy({ 'server.key': text })), /server\.key is not a readable private key/);
    assert.match(await refusal(copy({ 'client.key': text })), /client\.key is not a readable private key/);
    assert.match(await refusal(copy({ 'ca.key': text, 'ca.pem': null })), /ca\.key/);
  }
});

refusals('keys that belong to another certificate', async () => {
  for (const name of ['ca', 'server', 'client']) {
    const message = await refusal(copy({ [`${name}.key`]: ecKey() }));
    assert.match(
      message,
      new RegExp(`${name}\\.key is not the key of .*${name}\\.pem; put the matching pair back, or`),
    );
  }
});

refusals('a provider key that does not fit its description', async () => {
  const { keyId, teamId, keyFile } = first.providerKey;
  const provider = (value: unknown): Promise<string> => refusal(copy({ 'provider.json': JSON.stringify(value) }));
  assert.match(await refusal(copy({ 'provider.json': '{' })), /provider\.json is not JSON; correct it, or delete/);
  assert.match(await provider(null), /needs "keyId"/);
  assert.match(await provider({ keyId: 'short', teamId, keyFile }), /needs "keyId", 10 characters/);
  assert.match(await provider({ keyId, teamId: 5, keyFile }), /needs "teamId"/);
  for (const bad of [undefined, '', '../x.p8', '/etc/x', '..']) {
    assert.match(await provider({ keyId, teamId, keyFile: bad }), /needs "keyFile"/, String(bad));
  }
  assert.match(await provider({ keyId: 'ABCDEFGHIJ', teamId, keyFile }), /says that key ABCDEFGHIJ is in AuthKey_/);
  assert.match(await refusal(copy({ [keyFile]: null })), /names the key file AuthKey_.*, which is missing/);
  assert.match(await refusal(copy({ [keyFile]: 'x' })), /AuthKey_\w+\.p8 is not a provider key: .*PEM/);
  assert.match(await refusal(copy({ [keyFile]: ecKey('P-384') })), /AuthKey_\w+\.p8 is not a provider key: .*P-256/);
});

refusals('folders that cannot be used', async () => {
  const file = freshPath();
  fs.writeFileSync(file, '');
  for (const folder of [file, join(file, 'below')]) {
    const message = await refusal(folder);
    assert.ok(message.includes(file), message);
    assert.match(message, /is a file|--certs memory/);
  }
  const withFolder = copy({ 'ca.pem': null });
  fs.mkdirSync(join(withFolder, 'ca.pem'));
  assert.match(await refusal(withFolder), /Cannot read .*ca\.pem: it is a folder/);
});

const IN_PROC = 'a folder that is there and takes no others: one sentence, and an end';
if (!fs.existsSync('/proc/self')) skip(refusals, IN_PROC, 'no /proc here');
else
  refusals(IN_PROC, async () => {
    assert.match(await refusal('/proc/mock-apns/certs'), /Cannot make .*; .*--certs memory/);
  });
refusals('a folder without permission', async () => {
  if (process.platform === 'win32' || process.getuid?.() === 0) {
    console.log('  skipped: permissions do not stop this user (root, or Windows)');
    return;
  }
  const folder = freshPath();
  fs.mkdirSync(folder, { mode: 0o500 });
  assert.match(await refusal(folder), /Cannot write .*permission denied; .*--certs memory/);
  assert.match(await refusal(join(folder, 'below')), /Cannot make .*below: permission denied; .*--certs memory/);
});

refusals('a folder that is complete but read-only serves, and what must be renewed serves one run', async () => {
  if (process.platform === 'win32' || process.getuid?.() === 0) {
    console.log('  skipped: permissions do not stop this user (root, or Windows)');
    return;
  }
  const folder = copy();
  fs.chmodSync(folder, 0o500);
  assert.is((await load(folder)).made, false);
  const renewed = await load(folder, NOW, ['apns.test']);
  assert.ok(leafOf(renewed.serverCertPem).checkHost('apns.test'));
  assert.match(renewed.notes.join(' '), /permission denied.*serves this run only/);
  fs.chmodSync(folder, 0o700);
});

refusals('a host that is none', async () => {
  for (const host of ['', 'a b', 'a/b', 'user@host', 'http://x', '::g', '.']) {
    assert.match(await refusal(filled, NOW, [host]), /is neither a host name nor an IP address/, host);
  }
});

refusals.run();

// ── what users bring along ───────────────────────────────────────────────────────────────────────────────────────

const foreign = suite("certs: a user's own");

const ownFiles = { 'ca.pem': own.cert, 'server.pem': ownLeaf.cert, 'server.key': ownLeaf.private };

foreign('a CA without its key and the certificates it signed are taken as they are', async () => {
  const folder = copy({ ...ownFiles, 'ca.key': null });
  const certs = await loadCertificates({ folder, now: NOW });
  assert.is(certs.caPem, own.cert);
  assert.is(certs.caKeyPem, null);
  assert.is(certs.serverCertPem, ownLeaf.cert);
  assert.match(certs.notes.join(' '), /server\.pem is not for 127\.0\.0\.1, .*mock-apns.*there is no ca\.key/);
  assert.not.match(certs.notes.join(' '), /is not for [^:]*api\.push\.apple\.com/, 'the pattern covers it');
  const failure = await certs.clientReady.catch((error: unknown) => error);
  assert.instance(failure, StartError, 'client.pem is from another CA of ours, and there is no key to renew it');
  assert.match(await refusal(folder, NOW + 400 * DAY), /expired/);
});

foreign('with its key it signs what is missing', async () => {
  const folder = copy({ ...ownFiles, 'ca.key': own.private, 'client.pem': null });
  const certs = await load(folder);
  const ca = leafOf(own.cert);
  const leaf = leafOf(certs.serverCertPem);
  assert.ok(leaf.checkIssued(ca) && leaf.verify(ca.publicKey));
  assert.ok(leaf.checkHost('mock-apns') && leaf.checkHost('anything.push.apple.com'), 'new names and old ones');
  assert.ok(leafOf(certs.client!.certPem).verify(ca.publicKey));
});

foreign('a server certificate that ca.pem did not sign is refused, not overwritten', async () => {
  const folder = copy({ 'server.pem': ownLeaf.cert, 'server.key': ownLeaf.private });
  assert.match(await refusal(folder), /server\.pem was not issued by .*ca\.pem, which clients are to trust/);
  assert.is(fs.readFileSync(join(folder, 'server.pem'), 'utf8'), ownLeaf.cert);
});

foreign('a client certificate of somebody else is kept', async () => {
  const folder = copy({ 'client.pem': ownLeaf.cert, 'client.key': ownLeaf.private });
  const certs = await load(folder, NOW + 360 * DAY);
  assert.is(certs.client!.certPem, ownLeaf.cert);
});

foreign('a server certificate that is its own root, or comes with intermediates', async () => {
  const alone = copy({ 'ca.pem': own.cert, 'ca.key': null, 'server.pem': own.cert, 'server.key': own.private });
  assert.is((await loadCertificates({ folder: alone, now: NOW })).serverCertPem, own.cert);
  const chain = `${ownLeaf.cert}${own.cert}`;
  const chained = copy({ 'ca.pem': `${first.caPem}${own.cert}`, 'server.pem': chain, 'server.key': ownLeaf.private });
  assert.is((await load(chained)).caPem, `${first.caPem}${own.cert}`);
});

foreign.run();

// ── a stricter judge ─────────────────────────────────────────────────────────────────────────────────────────────

const openssl = suite('certs: openssl verify -x509_strict');
const version = spawnSync('openssl', ['version'], { encoding: 'utf8' }).stdout ?? '';
const present = /^OpenSSL [3-9]/.test(version);

openssl('takes the server and the client certificate', () => {
  if (!present) {
    console.log(`  skipped: needs OpenSSL 3 or later (found: ${version.trim() || 'none'})`);
    return;
  }
  for (const [purpose, file] of [
    ['sslserver', 'server.pem'],
    ['sslclient', 'client.pem'],
  ] as const) {
    const args = ['verify', '-x509_strict', '-purpose', purpose, '-CAfile', join(filled, 'ca.pem'), join(filled, file)];
    const { stdout, stderr } = spawnSync('openssl', args, { encoding: 'utf8' });
    assert.match(stdout, /: OK/, stderr);
  }
});

openssl('refuses what selfsigned makes: once it does not, docs/decisions/0003 can be taken up again', () => {
  if (!present) {
    console.log('  skipped: needs OpenSSL 3 or later');
    return;
  }
  const folder = freshPath();
  fs.mkdirSync(folder);
  fs.writeFileSync(join(folder, 'ca.pem'), own.cert);
  fs.writeFileSync(join(folder, 'server.pem'), ownLeaf.cert);
  const judge = (...flags: string[]): string => {
    const args = ['verify', ...flags, '-CAfile', join(folder, 'ca.pem'), join(folder, 'server.pem')];
    const { stdout, stderr } = spawnSync('openssl', args, { encoding: 'utf8' });
    return stdout + stderr;
  };
  assert.match(judge(), /: OK/);
  assert.match(judge('-x509_strict'), /Missing (Subject|Authority) Key Identifier/i);
});

openssl.run();
