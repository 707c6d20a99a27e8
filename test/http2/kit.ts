/**
 * What the tests of the HTTP/2 machine have in common: a client's bytes written and the server's bytes read by code of
 * its own, so that a mistake in server/http2 is not made twice.
 */
import { type Connection, createConnection } from '../../server/http2/connection.ts';
import type { ConnectionEvents, ConnectionOptions } from '../../server/http2/state.ts';

export const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
export const T = {
  DATA: 0,
  HEADERS: 1,
  PRIORITY: 2,
  RST: 3,
  SETTINGS: 4,
  PUSH: 5,
  PING: 6,
  GOAWAY: 7,
  WINDOW: 8,
  CONTINUATION: 9,
};
export const CODE = {
  NO: 0,
  PROTOCOL: 1,
  INTERNAL: 2,
  FLOW: 3,
  TIMEOUT: 4,
  CLOSED: 5,
  SIZE: 6,
  REFUSED: 7,
  HPACK: 9,
  CALM: 11,
};
export const END_STREAM = 1;
export const ACK = 1;
export const END_HEADERS = 4;
export const PADDED = 8;

export function frame(type: number, flags: number, id: number, payload: Uint8Array | string = ''): Buffer {
  const body = Buffer.from(payload as Uint8Array);
  const head = Buffer.alloc(9);
  head.writeUIntBE(body.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(id, 5);
  return Buffer.concat([head, body]);
}

export function u32(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, i) => {
    bytes.writeUInt32BE(value, i * 4);
  });
  return bytes;
}

export function settings(...pairs: [id: number, value: number][]): Buffer {
  const parts = pairs.map(([id, value]) => Buffer.concat([Buffer.from([0, id]), u32(value)]));
  return frame(T.SETTINGS, 0, 0, Buffer.concat(parts));
}

export const settingsAck = frame(T.SETTINGS, ACK, 0);

/** RFC 7541 section 6.2.2: literals without indexing, names as strings, no Huffman coding. */
export function literals(headers: readonly (readonly [string, string])[], first = 0x00): Buffer {
  const text = (value: string): Buffer => {
    const bytes = Buffer.from(value, 'latin1');
    if (bytes.length < 127) return Buffer.concat([Buffer.from([bytes.length]), bytes]);
    const length = [127];
    let rest = bytes.length - 127;
    for (; rest >= 128; rest = Math.floor(rest / 128)) length.push((rest % 128) + 128);
    return Buffer.concat([Buffer.from([...length, rest]), bytes]);
  };
  return Buffer.concat(headers.flatMap(([name, value]) => [Buffer.from([first]), text(name), text(value)]));
}

export const PUSH: readonly (readonly [string, string])[] = [
  [':method', 'POST'],
  [':scheme', 'https'],
  [':path', '/3/device/0a'],
  [':authority', 'localhost'],
];

export function request(id: number, extra: readonly (readonly [string, string])[] = [], flags = END_STREAM): Buffer {
  return frame(T.HEADERS, flags | END_HEADERS, id, literals([...PUSH, ...extra]));
}

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly id: number;
  readonly payload: Buffer;
}

/** All frames in these bytes; a part of one at the end comes as `rest`. */
export function readFrames(bytes: Uint8Array): { frames: Frame[]; rest: Buffer } {
  const all = Buffer.from(bytes);
  const frames: Frame[] = [];
  let at = 0;
  while (all.length - at >= 9) {
    const length = all.readUIntBE(at, 3);
    if (all.length - at - 9 < length) break;
    const payload = all.subarray(at + 9, at + 9 + length);
    frames.push({ type: all[at + 3]!, flags: all[at + 4]!, id: all.readUInt32BE(at + 5), payload });
    at += 9 + length;
  }
  return { frames, rest: all.subarray(at) };
}

/** A request as it was when its event came. */
export interface Seen {
  readonly id: number;
  readonly method: string;
  readonly authority: string;
  readonly path: string;
  readonly pathFlaw: string;
  readonly headers: readonly string[];
  readonly trailers: readonly string[] | undefined;
  readonly body: string;
  readonly size: number;
}

/** A connection, with everything that it says and tells written down. */
export class Peer {
  readonly connection: Connection;
  readonly requests: Seen[] = [];
  /** Every event, as one line each. */
  readonly log: string[] = [];
  now = 1_000;

  constructor(options: ConnectionOptions = {}, events: Partial<ConnectionEvents> = {}) {
    const { log, requests } = this;
    this.connection = createConnection(options, {
      onRequest: (id, request) => {
        const { method, authority, path, pathFlaw, headers, trailers, size } = request;
        const body = Buffer.from(request.body).toString('latin1');
        requests.push({ id, method, authority, path, pathFlaw, headers, trailers, body, size });
        log.push(`request ${id} ${method} ${path} ${headers.join(',')} ${size} ${body}`);
        events.onRequest?.(id, request);
      },
      onHeaders: (id, request) => {
        log.push(`headers ${id} ${request.path}`);
        events.onHeaders?.(id, request);
      },
      onStreamReset: (id, code) => log.push(`reset ${id} ${code}`),
      onStreamError: (id, code, cause) => log.push(`stream error ${id} ${code} ${cause}`),
      onLateStream: (id, request) => log.push(`late ${id} ${request?.path}`),
      onSettings: (settings) => log.push(`settings ${JSON.stringify(settings)}`),
      onSettingsAck: (settings) => log.push(`settings ack ${JSON.stringify(settings)}`),
      onPing: (data, ack) => log.push(`ping ${Buffer.from(data).toString('hex')} ${ack}`),
      onGoaway: (last, code, debug) => log.push(`goaway ${last} ${code} ${Buffer.from(debug)}`),
      onIdle: () => {
        log.push('idle');
        events.onIdle?.();
      },
      onError: (code, name, cause) => log.push(`error ${code} ${name} ${cause}`),
    });
  }

  send(...parts: Uint8Array[]): this {
    this.connection.receive(Buffer.concat(parts), this.now);
    return this;
  }

  /** What the connection wants to be written, as frames. */
  read(): Frame[] {
    const { frames, rest } = readFrames(this.connection.takeOutput() ?? new Uint8Array(0));
    if (rest.length > 0) throw new Error('the output ends inside of a frame');
    return frames;
  }

  /** Frames of one type out of what is to be written now. */
  readType(type: number): Frame[] {
    return this.read().filter((each) => each.type === type);
  }

  /** The GOAWAY that says how it ended, or undefined; and it must be the last of all frames. */
  failure(): { code: number; last: number; cause: string } | undefined {
    const frames = this.read();
    const at = frames.findIndex(({ type }) => type === T.GOAWAY);
    if (at < 0) return undefined;
    if (at !== frames.length - 1) throw new Error('something follows GOAWAY');
    const { payload } = frames[at]!;
    return { last: payload.readUInt32BE(0), code: payload.readUInt32BE(4), cause: payload.subarray(8).toString() };
  }
}

/** A peer whose prefaces have been exchanged and acknowledged, and whose output so far has been read. */
export function ready(options: ConnectionOptions = {}, events: Partial<ConnectionEvents> = {}): Peer {
  const peer = new Peer(options, events).send(PREFACE, settings(), settingsAck);
  peer.read();
  peer.log.length = 0;
  return peer;
}
