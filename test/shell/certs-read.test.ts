import { X509Certificate } from 'node:crypto';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type Certificates,
  type ClientCertificate,
  type ClientCertificateOptions,
  issuedBy,
  loadCertificates,
  makeClientCertificate,
  readClientCertificate,
} from '../../server/shell/certs.ts';
import {
  der,
  derOid,
  derText,
  oidText,
  readInside,
  readItems,
  stringText,
  TAG,
  timeMs,
} from '../../server/shell/certs-der.ts';
import { p256Pem, publicKeyInside } from '../../server/shell/certs-keys.ts';
import { newEcKeyPem } from '../../server/shell/crypto.ts';
import { StartError } from '../../server/shell/start-error.ts';

const NOW = Date.UTC(2026, 10, 21, 18, 0, 0);
const DAY = 86_400_000;
const certs: Certificates = await loadCertificates({ folder: 'memory', now: NOW });
const other: Certificates = await loadCertificates({ folder: 'memory', now: NOW });

const BASE: ClientCertificateOptions = {
  uid: 'com.example.scores',
  topics: null,
  development: false,
  production: true,
  notBefore: NOW,
  notAfter: NOW + 365 * DAY,
  key: 'ec',
};
const rawOf = (pem: string): Uint8Array => new X509Certificate(pem).raw;
const make = async (changes: Partial<ClientCertificateOptions> = {}): Promise<Uint8Array> =>
  rawOf((await makeClientCertificate(certs, { ...BASE, ...changes })).certPem);
const read = (raw: Uint8Array): ClientCertificate => {
  const result = readClientCertificate(raw);
  assert.not.ok('error' in result, JSON.stringify(result));
  return result as ClientCertificate;
};

// ── client certificates ──────────────────────────────────────────────────────────────────────────────────────────

const reading = suite('certs-read: client certificates');

reading('the one of the folder is for the app, its voip and its complication, in both environments', async () => {
  const { certPem } = await certs.clientReady;
  const { fingerprint, ...rest } = read(rawOf(certPem));
  assert.equal(rest, {
    subjectUid: 'com.example.app',
    commonName: 'Apple Push Services: com.example.app',
    topics: ['com.example.app', 'com.example.app.voip', 'com.example.app.complication'],
    development: true,
    production: true,
    notBefore: NOW - 3_600_000,
    notAfter: NOW - 3_600_000 + 365 * DAY,
  });
  assert.is(fingerprint, new X509Certificate(certPem).fingerprint256);
});

reading('topics for VoIP may stand in an extension of their own', async () => {
  const topics = ['com.example.scores.voip', 'com.example.other.voip'];
  const raw = Buffer.from(await make({ topics }));
  // The one extension in place of the other: the last number of their identifiers differs.
  const [list, voip] = [derOid('1.2.840.113635.100.6.3.6'), derOid('1.2.840.113635.100.6.3.4')];
  raw.set(voip, raw.indexOf(list));
  assert.equal(read(raw).topics, ['com.example.scores', ...topics]);
});

reading('without a topic list it stands for its UID alone', async () => {
  const found = read(await make());
  assert.equal(found.topics, ['com.example.scores']);
  assert.is(found.development, false);
  assert.is(found.production, true);
});

reading('with one, for what is listed and nothing else', async () => {
  const topics = ['com.example.scores.voip', 'com.example.zürich', ...Array.from({ length: 40 }, (_, i) => `a.b${i}`)];
  const found = read(await make({ topics, development: true, production: false, teamId: 'TEAM123456' }));
  assert.equal(found.topics, topics);
  assert.is(found.development, true);
  assert.is(found.production, false);
  assert.is(found.teamId, 'TEAM123456');
  assert.equal(read(await make({ topics: [] })).topics, []);
});

reading('the kinds in the list follow the suffix of the topic', async () => {
  const raw = Buffer.from(await make({ topics: ['a', 'a.voip', 'a.complication'] }));
  for (const [topic, kind] of [
    ['a', 'app'],
    ['a.voip', 'voip'],
    ['a.complication', 'complication'],
  ] as const) {
    assert.ok(raw.includes(Buffer.concat([derText(topic), der(TAG.sequence, derText(kind))])), topic);
  }
});

reading('times are the ones asked for, in any century', async () => {
  for (const [notBefore, notAfter] of [
    [NOW - 400 * DAY, NOW - 35 * DAY],
    [Date.UTC(1999, 11, 31, 23, 59, 59), Date.UTC(2049, 11, 31, 23, 59, 59)],
    [Date.UTC(2050, 0, 1), Date.UTC(2105, 5, 7, 8, 9, 10)],
  ] as const) {
    const raw = await make({ notBefore, notAfter: notAfter + 999 });
    const found = read(raw);
    assert.is(found.notBefore, notBefore);
    assert.is(found.notAfter, notAfter, 'fractions of a second are dropped');
    assert.is(Date.parse(new X509Certificate(raw).validTo), notAfter, 'node agrees');
  }
});

reading('a UID with characters that names treat specially survives', async () => {
  for (const uid of ['a,b', 'a+b="c"', '#00', ' lead', 'ü', 'x'.repeat(200)]) {
    const found = read(await make({ uid }));
    assert.is(found.subjectUid, uid);
    assert.is(found.commonName, `Apple Push Services: ${uid}`);
  }
});

reading('makes RSA and EC keys as asked, each fitting its certificate', async () => {
  for (const key of ['rsa', 'ec'] as const) {
    const { certPem, keyPem } = await makeClientCertificate(certs, { ...BASE, key });
    const certificate = new X509Certificate(certPem);
    assert.is(certificate.publicKey.asymmetricKeyType, key);
    assert.equal(certificate.keyUsage, ['1.3.6.1.5.5.7.3.2'], 'extended key usage: clientAuth');
    const inside = publicKeyInside(keyPem)!;
    assert.equal(Buffer.from(inside), certificate.publicKey.export({ type: 'spki', format: 'der' }));
  }
});

reading('cannot be made without the key of the CA', async () => {
  const failure = await makeClientCertificate({ ...certs, caKeyPem: null }, BASE).catch((error: unknown) => error);
  assert.instance(failure, StartError);
});

reading('a server certificate reads as one that stands for nothing', () => {
  const found = read(rawOf(certs.serverCertPem));
  assert.is(found.subjectUid, undefined);
  assert.is(found.commonName, 'localhost');
  assert.equal(found.topics, []);
  assert.is(found.development || found.production, false);
});

reading('garbage gives an error value, never an exception', async () => {
  const raw = await make({ topics: ['com.example.scores'] });
  for (const garbage of [
    new Uint8Array(0),
    Uint8Array.of(0x30),
    Uint8Array.of(0x30, 0x80),
    Uint8Array.of(0x30, 0x84, 0xff, 0xff, 0xff, 0xff),
    Buffer.from('-----BEGIN CERTIFICATE-----'),
    der(TAG.sequence, der(TAG.sequence)),
    Buffer.concat([raw, Uint8Array.of(0)]),
    new Uint8Array(5000).fill(0x30),
  ]) {
    const result = readClientCertificate(garbage);
    assert.ok('error' in result && result.error.length > 0, JSON.stringify(result));
  }
  for (let cut = 0; cut < raw.length; cut++) {
    assert.ok('error' in readClientCertificate(raw.subarray(0, cut)), `cut at ${cut}`);
  }
  let read = 0;
  for (let at = 0; at < raw.length; at++) {
    for (const value of [0x00, 0x80, 0xff, raw[at]! ^ 1]) {
      const bent = Uint8Array.from(raw);
      bent[at] = value;
      const result = readClientCertificate(bent);
      if (!('error' in result)) read++;
    }
    if (at % 8 === 0) assert.type(issuedBy(raw.with(at, 0xff), certs.caPem), 'boolean');
  }
  assert.ok(read > 100, 'most bytes of a certificate are contents, not structure');
});

reading('a malformed topic list is an error, not an empty list', async () => {
  const raw = Buffer.from(await make({ topics: ['com.example.scores'] }));
  const at = raw.indexOf(derText('com.example.scores'), raw.indexOf('2a864886f76364060306', 0, 'hex'));
  assert.ok(at > 0);
  raw[at] = TAG.integer;
  assert.equal(readClientCertificate(raw), { error: 'the topic list (extension .6) is malformed' });
});

reading.run();

const signature = suite('certs-read: issuedBy');

signature('true for what this CA signed, false for anything else', async () => {
  const raw = await make();
  assert.is(issuedBy(raw, certs.caPem), true);
  assert.is(issuedBy(raw, other.caPem), false);
  assert.is(issuedBy(raw, `${other.caPem}${certs.caPem}`), true, 'any of several');
  assert.is(issuedBy(rawOf(other.caPem), certs.caPem), false);
  assert.is(issuedBy(raw, ''), false);
  assert.is(issuedBy(raw, 'no PEM'), false);
  assert.is(issuedBy(Uint8Array.of(1, 2, 3), certs.caPem), false);
});

signature('false for a changed certificate that still names this CA', async () => {
  const raw = Buffer.from(await make());
  const at = raw.indexOf('com.example.scores');
  raw[at] = 'C'.charCodeAt(0);
  assert.is(read(raw).subjectUid, 'Com.example.scores');
  assert.is(issuedBy(raw, certs.caPem), false);
});

signature('dates are another question', async () => {
  assert.is(issuedBy(await make({ notBefore: 0, notAfter: DAY }), certs.caPem), true);
});

signature.run();

// ── the pieces ───────────────────────────────────────────────────────────────────────────────────────────────────

const pieces = suite('certs-der and certs-keys');
const hex = (text: string): Uint8Array => Buffer.from(text, 'hex');

pieces('lengths of every form go out and come back', () => {
  for (const length of [0, 1, 127, 128, 255, 256, 65_535, 65_536]) {
    const value = new Uint8Array(length).fill(7);
    const encoded = der(TAG.octetString, value);
    const header = encoded.length - length;
    assert.is(header, length < 128 ? 2 : length < 256 ? 3 : length < 65_536 ? 4 : 5, String(length));
    const items = readItems(Buffer.concat([encoded, encoded]))!;
    assert.is(items.length, 2);
    assert.is(items[1]!.tag, TAG.octetString);
    assert.is(items[1]!.value.length, length);
  }
  assert.equal(readItems(new Uint8Array(0)), []);
  for (const bad of ['04', '0401', '0480', '048100', '1f0100', '04850000000001aa']) {
    // 048100 is long form for zero: not the shortest, but unmistakable.
    assert.is(readItems(hex(bad)) === null, bad !== '048100', bad);
  }
  assert.is(readInside(hex('3000'), TAG.set), null);
  assert.is(readInside(hex('30003000'), TAG.sequence), null);
});

pieces('object identifiers', () => {
  for (const [bytes, text] of [
    ['2a864886f763640601', '1.2.840.113635.100.6.1'],
    ['550403', '2.5.4.3'],
    ['0992268993f22c640101', '0.9.2342.19200300.100.1.1'],
    ['883703', '2.999.3'],
    ['', ''],
    ['2a86', ''],
    ['ffffffffffffffffff7f', ''],
  ] as const) {
    assert.is(oidText(hex(bytes)), text, bytes);
    if (text !== '') assert.equal(readItems(derOid(text))?.[0], { tag: TAG.oid, value: Uint8Array.from(hex(bytes)) });
  }
});

pieces('strings and times of every kind', () => {
  const text = (tag: number, bytes: string): string | null => stringText({ tag, value: hex(bytes) });
  assert.is(text(TAG.utf8String, 'c3bc'), 'ü');
  assert.is(text(TAG.teletexString, 'fc'), 'ü');
  assert.is(text(TAG.printableString, '41'), 'A');
  assert.is(text(TAG.bmpString, '00fc0041'), 'üA');
  assert.is(text(TAG.bmpString, '00fc00'), null);
  assert.is(text(TAG.integer, '01'), null);
  const time = (tag: number, value: string): number => timeMs({ tag, value: Buffer.from(value) });
  assert.is(time(TAG.utcTime, '491231235959Z'), Date.UTC(2049, 11, 31, 23, 59, 59));
  assert.is(time(TAG.utcTime, '500101000000Z'), Date.UTC(1950, 0, 1));
  assert.is(time(TAG.generalizedTime, '20500101000000Z'), Date.UTC(2050, 0, 1));
  for (const [tag, bad] of [
    [TAG.utcTime, '20500101000000Z'],
    [TAG.generalizedTime, '500101000000Z'],
    [TAG.utcTime, '491231235959'],
    [TAG.utcTime, 'x'],
    [TAG.integer, '491231235959Z'],
  ] as const) {
    assert.ok(Number.isNaN(time(tag, bad)), bad);
  }
});

pieces('a public key is found beside the private one, or the question is left to others', () => {
  const pem = newEcKeyPem();
  const spki = publicKeyInside(pem)!;
  assert.is(p256Pem(spki)?.startsWith('-----BEGIN PUBLIC KEY-----\n'), true);
  assert.is(publicKeyInside(pem.replaceAll('\n', '\r\n')) === null, false);
  for (const bad of ['', 'x', pem.slice(20), pem.replace('PRIVATE', 'EC PRIVATE'), `${pem}${pem}`]) {
    assert.is(publicKeyInside(bad), null, bad);
  }
  assert.is(p256Pem(spki.subarray(1)), null);
});

pieces.run();
