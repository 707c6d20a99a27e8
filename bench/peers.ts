/** The servers that throughput and latency are measured of, by the names that `--servers` knows. */
import { createPublicKey } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  BROADCAST,
  certs,
  DEVICE,
  folder,
  oneChannel,
  ours,
  PUSH_PATH,
  provider,
  type Server,
  scenarioFile,
  TOPIC,
} from './kit.ts';

const cert = join(certs, 'server.pem');
const key = join(certs, 'server.key');

/** A C server that sends an empty file: the least that HTTP/2 over TLS can cost on this machine. */
function nghttpd(): Server {
  const root = join(folder, 'root');
  for (const path of [PUSH_PATH, BROADCAST.path]) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), '');
  }
  return {
    name: 'nghttpd',
    program: 'nghttpd',
    args: (port) => ['-a', '127.0.0.1', '-d', root, '-n', '1', String(port), key, cert],
    ready: null,
    broadcasts: true,
  };
}

/** This server, with a channel so that broadcasts have somewhere to go. */
const own = (node: string, name: string, ...flags: string[]): Server => ({
  ...ours(node, name, `--scenario=${scenarioFile('channel', oneChannel())}`, ...flags),
  broadcasts: true,
});

/** A script that is given certificate, key and port. */
const script = (node: string, name: string, file: string, ...kind: string[]): Server => ({
  name,
  program: node,
  args: (port) => [file, ...kind, cert, key, String(port)],
  ready: /ready/,
});

const MOCKTTP = { installed: 'mockttp/node_modules/mockttp', by: 'npm --prefix bench/peers/mockttp ci' };
const mockttp = (node: string, name: string, kind: string): Server => ({
  ...built(MOCKTTP, script(node, name, 'bench/peers/mockttp/server.mjs', kind)),
  slow: 10,
});

/** A Java program of a folder in bench/peers, in its own way given certificate, key and port. */
function java(name: string, at: string, main: string, args: (port: string) => readonly string[]): Server {
  const target = `bench/peers/${at}/target`;
  const by = `mvn -f bench/peers/${at} package dependency:copy-dependencies`;
  return built(
    { installed: `${at}/target/classes/${main}.class`, by },
    {
      name,
      program: 'java',
      args: (port) => ['-cp', `${target}/classes:${target}/lib/*`, main, ...args(String(port))],
      ready: /ready/,
    },
  );
}

const pushy = (kind: string, ...more: string[]): Server =>
  java(`pushy-${kind}`, 'pushy', 'PushyServers', (port) => [kind, cert, key, port, ...more]);

/**
 * It verifies the signature on every push, for which it needs the public half of the key. A signature that is not in DER,
 * as pushy's own client writes it, is a 500 to it.
 */
function validating(): Server {
  const { p8, keyId, teamId } = provider();
  const file = join(folder, 'provider.pub.pem');
  writeFileSync(file, createPublicKey(p8).export({ type: 'spki', format: 'pem' }));
  return { ...pushy('validating', file, teamId, keyId, TOPIC, DEVICE), signature: 'der', slow: 20 };
}

/** Its journal keeps everything unless told otherwise. A bound makes it count the whole journal on every request. */
const wiremock = (name: string, slow: number, ...entries: string[]): Server => ({
  ...java(name, 'wiremock', 'WireMockPeer', (port) => [cert, key, port, ...entries]),
  slow,
});

function built({ installed, by }: { installed: string; by: string }, server: Server): Server {
  if (existsSync(join('bench/peers', installed))) return server;
  throw new Error(`${server.name} is not built. Run this first, in the project's folder:\n  ${by}`);
}

const PEERS: Readonly<Record<string, (node: string) => Server>> = {
  nghttpd,
  own: (node) => own(node, 'own'),
  node: (node) => own(node, 'node', '--http2=node'),
  naive: (node) => ({ ...script(node, 'naive', 'bench/peers/naive.mjs'), broadcasts: true }),
  'pushy-mock': () => pushy('mock'),
  'pushy-benchmark': () => pushy('benchmark'),
  'pushy-validating': validating,
  mockttp: (node) => mockttp(node, 'mockttp', 'accept'),
  'mockttp-callback': (node) => mockttp(node, 'mockttp-callback', 'callback'),
  wiremock: () => wiremock('wiremock', 5),
  'wiremock-bounded': () => wiremock('wiremock-bounded', 20, '10000'),
};

/** Needs the certificates: after `prepare`. */
export const peers = (names: readonly string[], node: string): readonly Server[] =>
  names.map((name) => {
    const peer = PEERS[name];
    if (peer === undefined) throw new Error(`unknown server: ${name}; there are ${Object.keys(PEERS).join(', ')}`);
    return peer(node);
  });
